"""Early warning: which SKUs, suppliers, lots and categories return more than they used to, false alarms controlled.

``watch(*weekly_cells(sold, returned), looks=looks_until(known_through))`` is the whole of it. How it decides, from the
bottom up: ``cells`` and ``panel`` count, ``expectation`` says what is expected of a unit given its like's own returns
of the same weeks, ``baseline`` how units differ and how unevenly returns fall, ``evidence`` weighs a rise against
none, ``crossing`` turns the largest evidence of 26 looks into a chance, ``control`` flags, ``sizes`` and ``telling``
describe.
"""

from models.early_warning.cells import looks_until, weekly_cells
from models.early_warning.watching import KINDS, Warnings, watch

__all__ = ["KINDS", "Warnings", "looks_until", "watch", "weekly_cells"]
