"""Erasing a person from a home: found through keyed identities, taken out of everything, obeyed by every later load.

``people`` finds who it is, ``raw_columns`` says where persons stand in ``raw``, ``tombstones`` writes and obeys,
``parts`` and ``issued_reports`` mend what was published, ``plan`` survives a kill, ``erase`` puts them in order.
"""
