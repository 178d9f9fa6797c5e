"""The demo shops: two invented merchants, written as files in real formats, with the truth beside them.

``simulate`` writes for each shop of ``SHOPS`` one orders export as BigCommerce's control panel writes it and
one return-request file in Keeprate's own documented columns. Everything that real exports do to a reader
happens in them: see ``truth/summary.json`` for how often. The same arguments give the same bytes.

    <output>/<merchant_id>/orders-YYYY-MM-DD.csv     the date is the day of the export
    <output>/<merchant_id>/returns-YYYY-MM-DD.csv
    <output>/truth/<merchant_id>_returns.csv         what was really the matter with each return
    <output>/truth/planted.json                      problems put in on purpose
    <output>/truth/broken_cells.csv                  records that do not add up, with file and line
    <output>/truth/summary.json                      counts, money, oddities

Belongs here: a world that makes exports. Not here: anything that reads them; the simulator shares no code
with the loaders and the models, or their tests would agree with themselves. Its phrases are kept out of
training data.
"""

from __future__ import annotations

from pipelines.simulate.shops import SHOPS, Shop
from pipelines.simulate.world import SimulationSummary, simulate

__all__ = ["SHOPS", "Shop", "SimulationSummary", "simulate"]
