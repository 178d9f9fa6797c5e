"""Why an observed return rate changed between two periods: mix, rate or maturity, and a word that says which.

``cells`` counts, ``parts`` splits the change exactly, ``dispersion`` says how much weeks vary by themselves,
``decompose`` joins them and ``verdict`` finds the word. How fast returns come belongs in ``models.maturity``.
"""
