"""Erasing a person from a home: found through keyed identities, taken out of everything, obeyed by every later load.

``people`` finds who it is and ``belongings`` what belongs to them, by what ``evidence`` tells of each record.
``raw_columns`` says where persons stand in ``raw``, ``emptying`` empties that, ``tombstones`` writes and obeys.
``parts``, ``published_columns`` and ``issued_reports`` mend what was published; ``plan`` survives a kill, ``erase``
puts all in order.
"""
