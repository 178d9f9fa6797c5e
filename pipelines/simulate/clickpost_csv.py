"""The aggregator's dashboard report: forward and reverse parcels in one CSV of 113 columns.

The real file's column order is unknown, so each seed shuffles it. Times are naive Indian time. A report holds the
parcels that were updated in its window, so that successive reports tell of one parcel several times.

Belongs here: header, cells and writing of that file. Not here: which scan is known when (``parcel_states``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.bigcommerce_csv import header_line
from pipelines.simulate.clocks import DAY, to_india
from pipelines.simulate.couriers import Network
from pipelines.simulate.draws import stream, vocabulary
from pipelines.simulate.parcel_contents import contents_of_forward, contents_of_reverse
from pipelines.simulate.parcel_states import Scan, forward_scans, last_scans, reverse_scans
from pipelines.simulate.parcels import NEVER, REFUSED
from pipelines.simulate.returns import World
from pipelines.simulate.way_back import WayBack

PORTION = 50_000
_SIDE = ("Name", "Phone", "Address", "Pincode", "City", "State", "Country", "District", "Organisation")
_NTH = ("1st", "2nd", "3rd", "4th", "5th")
REPORT_COLUMNS: tuple[str, ...] = (
    "Order ID", "Reference Number", "Order Date", "Invoice Number", "Invoice Date", "Invoice Value", "COD Value",
    "Payment Mode", "Channel Name", "Account Code", "Items", "Items Quantity", "Product SKU Code", "Courier Partner",
    "AWB", "RTO AWB", "Clickpost Unified Status", "Committed SLA", "Zone", "Pricing Zone", "Shipping Cost",
    "Mode of Shipment", "Carrier via Aggregator", "From Warehouse", "To Warehouse", "Box Count",
    *(f"Pickup {name}" for name in _SIDE), "PickUp Address Type",
    "Drop Name", "Drop Phone", "Drop Email", "Drop Address", "Drop Pincode", "Drop City", "Drop District",
    "Drop Organisation", "Drop Address Type",
    *(f"Return {name}" for name in _SIDE[:7]),
    "Created at", "Pickup Date", "Current Location", "Latest Timestamp", "Latest Remark", "Delivery Date",
    "Updated at", "Expected delivery date by Courier Partner", "Expected Date of Delivery (Min)",
    "Expected Date of Delivery (Max)", *(f"Out For Delivery {nth} Attempt" for nth in _NTH),
    "Out For Delivery Attempts", "Reason For Last Failed Delivery", "TimeStamp Of Last Failed Delivery",
    "Remark Of Last Failed Delivery", "Is shipment stuck in lifecycle", "RTO Mark Date",
    *(f"Out For Pickup {nth} Attempt" for nth in _NTH[:3]), "Out For Pickup Attempts",
    "Destination Hub In Scan Time", "Origin Hub In Timestamp", "Origin Hub Out Timestamp",
    "RTO Intransit Timestamp", "RTO Delivery Date", "Original Appointment Start Time",
    "Original Appointment End Time", "Current Appointment Start Time", "Current Appointment End Time",
    "Shipment Length", "Shipment Breadth", "Shipment Height", "Shipment Weight", "Item Length", "Item Breadth",
    "Item Height", "Actual Weight", "Chargeable Weight", "Volumetric Weight", "SKU", "SKU Wise Item Quantity",
    "Return Product URL", "TIN", "QC Type", "Holiday Count in EDD", "Sub Category", "UDF_1 (as sent in the OC API)",
    "UDF_2 (as sent in the OC API)", "UDF_3 (as sent in the OC API)", "UDF_4 (as sent in the OC API)",
    "OTP Verified Delivery", "OTP Verified Cancellation", "Consignor Code (Gati/Saksham/Bluedart)", "RVP Reason",
    "RVP Reason SKU Wise", "EDD sent over OC API",
)  # fmt: skip


def shuffled_columns(merchant_id: str, seed: int) -> tuple[str, ...]:
    """The order of a shop's columns, which the seed draws."""
    order = stream(seed, merchant_id, "report columns").permutation(len(REPORT_COLUMNS))
    return tuple(REPORT_COLUMNS[index] for index in order)


def write_report(
    path: Path,
    world: World,
    network: Network,
    way_back: WayBack,
    returns: pl.DataFrame,
    people: pl.DataFrame,
    begin: int,
    end: int,
) -> tuple[int, int]:
    """Write the parcels that were updated in a window, as they stood at its end.

    Args:
        path: File to write.
        world: The shop's world.
        network: Its lanes.
        way_back: Its reverse parcels.
        returns: Its return requests.
        people: Everybody's personal fields.
        begin: First moment of the window, seconds since 1970 on the shop's clock.
        end: Its end; nothing of it or later is known.

    Returns:
        Number of forward and of reverse parcels.
    """
    header = shuffled_columns(world.shop.merchant_id, world.seed)
    counts = []
    with path.open("wb") as file:
        file.write(header_line(header, "\n"))
        for table, is_reverse in ((world.parcels.table, False), (way_back.table, True)):
            written = 0
            numbered = table.with_row_index("parcel").with_columns(pl.col("parcel").cast(pl.Int64))
            for first in range(0, len(table), PORTION):
                portion = numbered[first : first + PORTION]
                rows = _records(world, network, way_back, returns, people, portion, is_reverse, begin, end)
                written += len(rows)
                file.write(rows.select(header).write_csv(include_header=False, line_terminator="\n").encode("utf-8"))
            counts.append(written)
    return counts[0], counts[1]


def _records(
    world: World,
    network: Network,
    way_back: WayBack,
    returns: pl.DataFrame,
    people: pl.DataFrame,
    table: pl.DataFrame,
    is_reverse: bool,
    begin: int,
    end: int,
) -> pl.DataFrame:
    scans = reverse_scans(table) if is_reverse else forward_scans(table)
    _, latest = last_scans(scans, end)
    kept = np.flatnonzero((latest >= begin) & (latest >= 0))
    table = table[kept]
    scans = [Scan(scan.state, scan.at[kept], scan.is_at_end) for scan in scans]
    position, latest = last_scans(scans, end)
    clock = _Clock(world, end)
    orders = world.orders[table["order"]]
    person = people[orders["recipient"]]
    # Carriers are asked every two hours.
    updated = np.minimum(latest + 600 + (latest % 7_000), end - 1)
    cells: dict[str, Any] = {
        "Order ID": orders["order_id"].cast(pl.String),
        "Order Date": orders["order_date"].dt.strftime("%Y-%m-%d"),
        "Account Code": f"{world.shop.merchant_id}-01",
        "AWB": table["awb"],
        "Clickpost Unified Status": _pick([scan.state.name for scan in scans], position),
        "Box Count": "1",
        "Created at": clock(table["booked_at"].to_numpy()),
        "Latest Timestamp": clock(latest),
        "Updated at": clock(updated),
        "Latest Remark": _pick([_remark(scan) for scan in scans], position),
        "Is shipment stuck in lifecycle": pl.Series(np.where(end - latest > 10 * DAY, "Yes", "No").tolist()),
        **_failures(table, scans, clock, is_reverse, end),
    }
    if is_reverse:
        cells |= _reverse_cells(world, network, way_back, returns, table, scans, person, position, clock)
    else:
        cells |= _forward_cells(world, network, orders, table, scans, person, position, clock)
    columns = [
        (cells[name].alias(name) if isinstance(cells[name], pl.Series) else pl.lit(cells[name]).alias(name))
        if name in cells
        else pl.lit(None, dtype=pl.String).alias(name)
        for name in REPORT_COLUMNS
    ]
    blank_to_null = pl.when(pl.col(pl.String) != "").then(pl.col(pl.String))
    return table.select(columns).with_columns(blank_to_null)


class _Clock:
    """Writes moments of the shop's clock as Indian time; what is not known at the end stays blank."""

    def __init__(self, world: World, end: int) -> None:
        self._timezone = world.shop.timezone
        self._end = end

    def __call__(self, moments: NDArray[np.int64], pattern: str = "%Y-%m-%d %H:%M:%S") -> pl.Series:
        is_known = (moments < self._end) & (moments >= 0)
        told = pl.Series(to_india(np.where(is_known, moments, 0), self._timezone))
        text = pl.select(pl.from_epoch(told, time_unit="s").dt.strftime(pattern)).to_series()
        return pl.select(pl.when(pl.Series(is_known)).then(text)).to_series()

    def count(self, moments: list[NDArray[np.int64]]) -> NDArray[np.int64]:
        """How many of the moments are known."""
        return np.sum([at < self._end for at in moments], axis=0)


def _pick(texts: list[str], position: NDArray[np.intp]) -> pl.Series:
    return pl.Series(texts).gather(position)


def _remark(scan: Scan) -> str:
    return f"Shipment: {scan.state.bucket_name.lower()}"


def _failures(
    table: pl.DataFrame, scans: list[Scan], clock: _Clock, is_reverse: bool, end: int
) -> dict[str, pl.Series]:
    """The last failed try before the end: why, and when."""
    reasons = vocabulary("couriers")["failed_pickup" if is_reverse else "failed_delivery"]
    texts = [entry["text"] for entry in reasons] + ([] if is_reverse else [REFUSED["text"]])
    fails = [scan.at for scan in scans if scan.state.code == (3 if is_reverse else 9)]
    last = np.max([np.where(at < end, at, -1) for at in fails], axis=0)
    reason = np.where(last >= 0, table["failure"].to_numpy(), -1)
    return {
        "Reason For Last Failed Delivery": pl.Series([*texts, ""]).gather(np.where(reason < 0, len(texts), reason)),
        "TimeStamp Of Last Failed Delivery": clock(np.where(reason < 0, NEVER, last)),
    }


def _of(scans: list[Scan], code: int) -> NDArray[np.int64]:
    return next(scan.at for scan in scans if scan.state.code == code)


def _many(scans: list[Scan], code: int) -> list[NDArray[np.int64]]:
    return [scan.at for scan in scans if scan.state.code == code]


def _person_cells(side: str, person: pl.DataFrame) -> dict[str, pl.Series]:
    names = {"Name": "Full Name", "Phone": "Phone", "Address": "Street 1", "Pincode": "Zip", "City": "Suburb"}
    cells = {f"{side} {name}": person[field] for name, field in names.items()}
    return cells | ({"Drop Email": person["Email"]} if side == "Drop" else {
        f"{side} State": person["State"], f"{side} Country": person["Country"]
    })  # fmt: skip


def _warehouse_cells(
    side: str, network: Network, warehouse: NDArray[np.int64], country: str
) -> dict[str, pl.Series | str]:
    fields = {"Name": "name", "Pincode": "zip", "City": "city", "State": "state"}
    cells: dict[str, pl.Series | str] = {
        f"{side} {name}": _pick([entry[field] for entry in network.warehouses], warehouse)
        for name, field in fields.items()
        if side != "Drop" or name != "State"
    }
    return cells if side == "Drop" else {**cells, f"{side} Country": country}


def _carrier(network: Network, table: pl.DataFrame, field: str, ending: str = "") -> pl.Series:
    return _pick([f"{entry[field]}{ending}" for entry in network.carriers], table["carrier"].to_numpy())


def _place_of(
    world: World, network: Network, table: pl.DataFrame, scans: list[Scan], position: NDArray[np.intp], at_start: str
) -> pl.Series:
    """Where the last scan took place: near the place of the person, or at the warehouse."""
    is_at_end = np.array([scan.is_at_end for scan in scans])[position]
    person = pl.Series([f"{suburb} Depot" for suburb, _, _ in network.places]).gather(table["place"])
    house = _pick([f"{entry['name']} Hub" for entry in network.warehouses], table["warehouse"].to_numpy())
    is_person = pl.Series(is_at_end if at_start == "warehouse" else ~is_at_end)
    return pl.select(pl.when(is_person).then(person).otherwise(house)).to_series()


def _forward_cells(
    world: World,
    network: Network,
    orders: pl.DataFrame,
    table: pl.DataFrame,
    scans: list[Scan],
    person: pl.DataFrame,
    position: NDArray[np.intp],
    clock: _Clock,
) -> dict[str, Any]:
    contents = contents_of_forward(world, table)
    on_delivery = table["is_on_delivery"]
    warehouse = table["warehouse"].to_numpy()
    country = vocabulary("couriers")[world.shop.merchant_id]["country"]
    value = pl.select(pl.concat_str(decimal_of(contents["cents"]))).to_series()
    attempts = _many(scans, 6)
    marked = table["rto_marked_at"].to_numpy()
    back = pl.select(pl.format("9{}", table["awb"].str.slice(1))).to_series()
    return {
        "Reference Number": pl.select(
            pl.format("{}-{}", orders["order_id"], table["piece"].cast(pl.Int64) + 1)
        ).to_series(),
        "Invoice Value": value,
        "COD Value": pl.select(pl.when(on_delivery).then(value).otherwise(pl.lit("0.00"))).to_series(),
        "Payment Mode": pl.Series(np.where(on_delivery.to_numpy(), "COD", "PREPAID").tolist()),
        "Channel Name": orders["channel_name"],
        "UDF_1 (as sent in the OC API)": orders["campaign"],
        "Items": contents["names"],
        "Items Quantity": contents["quantity"].cast(pl.String),
        "Product SKU Code": contents["skus"],
        "SKU Wise Item Quantity": contents["sku_quantities"],
        "Courier Partner": _carrier(network, table, "name"),
        "Mode of Shipment": _carrier(network, table, "service"),
        "From Warehouse": _pick([entry["name"] for entry in network.warehouses], warehouse),
        **_warehouse_cells("Pickup", network, warehouse, country),
        **_warehouse_cells("Return", network, warehouse, country),
        **_person_cells("Drop", person),
        "Pickup Date": clock(table["shipped_at"].to_numpy()),
        "Current Location": _place_of(world, network, table, scans, position, "warehouse"),
        "Delivery Date": clock(_of(scans, 8)),
        "Expected Date of Delivery (Max)": pl.select(
            pl.from_epoch(table["promised_day"], time_unit="d").dt.strftime("%Y-%m-%d")
        ).to_series(),
        **{f"Out For Delivery {nth} Attempt": clock(at) for nth, at in zip(_NTH, attempts, strict=False)},
        "Out For Delivery Attempts": pl.Series(clock.count(attempts)).cast(pl.String),
        "RTO AWB": pl.select(pl.when(clock(marked).is_not_null()).then(back)).to_series(),
        "RTO Mark Date": clock(marked),
        "Destination Hub In Scan Time": clock(table["hub_at"].to_numpy()),
        "RTO Intransit Timestamp": clock(_of(scans, 21)),
        "RTO Delivery Date": clock(_of(scans, 14)),
        "Shipping Cost": _cost(world, network, table),
        "Shipment Weight": contents["weight"],
    }


def _reverse_cells(
    world: World,
    network: Network,
    way_back: WayBack,
    returns: pl.DataFrame,
    table: pl.DataFrame,
    scans: list[Scan],
    person: pl.DataFrame,
    position: NDArray[np.intp],
    clock: _Clock,
) -> dict[str, Any]:
    contents = contents_of_reverse(world, returns, table)
    country = vocabulary("couriers")[world.shop.merchant_id]["country"]
    attempts = _many(scans, 25)
    warehouse = table["warehouse"].to_numpy()
    return {
        "Reference Number": contents["reference"],
        "Invoice Value": pl.select(decimal_of(contents["cents"])).to_series(),
        "COD Value": "0.00",
        "Payment Mode": "PREPAID",
        "Items": contents["names"],
        "Items Quantity": contents["quantity"].cast(pl.String),
        "Product SKU Code": contents["skus"],
        "SKU Wise Item Quantity": contents["sku_quantities"],
        "Courier Partner": _carrier(network, table, "name", " Reverse"),
        "Mode of Shipment": _carrier(network, table, "service"),
        "To Warehouse": _pick([entry["name"] for entry in network.warehouses], warehouse),
        **_person_cells("Pickup", person),
        **_warehouse_cells("Drop", network, warehouse, country),
        **_warehouse_cells("Return", network, warehouse, country),
        "Pickup Date": clock(table["picked_at"].to_numpy()),
        "Current Location": _place_of(world, network, table, scans, position, "person"),
        "Delivery Date": clock(_of(scans, 8)),
        **{f"Out For Pickup {nth} Attempt": clock(at) for nth, at in zip(_NTH, attempts, strict=False)},
        "Out For Pickup Attempts": pl.Series(clock.count(attempts)).cast(pl.String),
        "Shipping Cost": _cost(world, network, table),
        "QC Type": "doorstep",
        "RVP Reason": contents["reason"],
        "RVP Reason SKU Wise": contents["sku_reasons"],
    }


def decimal_of(cents: pl.Series) -> pl.Expr:
    """Write hundredths as a decimal with two places."""
    return pl.concat_str((cents // 100).cast(pl.String), pl.lit("."), (cents % 100).cast(pl.String).str.zfill(2))


def _cost(world: World, network: Network, table: pl.DataFrame) -> pl.Series:
    """What the carrier charges: by lane and carrier, in the shop's currency."""
    unit = 30_00 if world.shop.currency == "TWD" else 1_60
    days = network.days[table["warehouse"].to_numpy(), table["place"].to_numpy()]
    cents = (unit * (2 + days * 0.6 + table["carrier"].to_numpy() * 0.2)).astype(np.int64)
    return pl.select(decimal_of(pl.Series(cents))).to_series()
