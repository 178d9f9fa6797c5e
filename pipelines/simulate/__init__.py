"""The demo shops: two invented merchants, written as files in real formats, with the truth beside them.

``simulate`` writes for each shop of ``SHOPS`` what its control panel and its parcel aggregator export, its return
requests in Keeprate's own documented columns, and its policy. Everything that real exports do to a reader happens in
them: see ``truth/summary.json`` for how often. The same arguments give the same bytes. The date in a name is the day
of the export; what has two dates exists in two versions, the older one knowing less.

    <output>/<merchant_id>/orders-YYYY-MM-DD.csv
    <output>/<merchant_id>/shipments-YYYY-MM-DD.csv
    <output>/<merchant_id>/products-bulk-edit-YYYY-MM-DD.csv   or products-, one shop each; twice
    <output>/<merchant_id>/sku-inventory-YYYY-MM-DD.csv        twice
    <output>/<merchant_id>/clickpost-report-YYYY-MM-DD.csv     twice; forward and reverse parcels of all carriers
    <output>/<merchant_id>/clickpost-events-YYYY-MM-DD.jsonl   webhooks of the last two weeks
    <output>/<merchant_id>/returns-YYYY-MM-DD.csv              twice
    <output>/<merchant_id>/policy-YYYY-MM-DD.toml
    <output>/truth/<merchant_id>_returns.csv         what was really the matter with each return
    <output>/truth/<merchant_id>_products.csv        how much more than usual each product comes back, its suppliers
    <output>/truth/<merchant_id>_cancellations.csv   who called an order off
    <output>/truth/parcels_truth.csv                 how each parcel really ended
    <output>/truth/planted.json                      what was put in on purpose, what it could hit and what it hit
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
