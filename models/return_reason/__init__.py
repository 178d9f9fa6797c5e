"""Why goods come back: the codebook and the crosswalk of stated reasons; classifiers of words belong here."""
