"""The shipments export: its grammar, and its agreement with the orders file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections import Counter

import pytest

from pipelines.simulate.shipments_csv import SHIPMENTS_COLUMNS

SOURCE = "bigcommerce_shipments"
DAY = re.compile(r"([A-Z][a-z]{2}) (\d{1,2})(st|nd|rd|th) (\d{4})")


@pytest.fixture(params=["fashion", "home"])
def shop(request):
    return request.param


@pytest.fixture
def rows(world, shop):
    (table,) = world.tables(shop, SOURCE)
    return table


def day_of(text: str) -> dt.date:
    month, day, ending, year = DAY.fullmatch(text).groups()
    number = int(day)
    usual = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    assert ending == ("th" if number in (11, 12, 13) else usual)
    return dt.datetime.strptime(f"{month} {number} {year}", "%b %d %Y").date()


def items_of(cell: str) -> list[tuple[str, str, str, int]]:
    found = []
    for item in re.split(r"~(?=\d+\|)", cell):
        product_id, rest = item.split("|", 1)
        name, sku, quantity = rest.rsplit("|", 2)
        found.append((product_id, name, sku, int(quantity)))
    return found


def test_header_has_29_columns_and_every_cell_is_quoted(world, shop):
    (path,) = world.paths(shop, SOURCE)
    content = path.read_bytes().decode()
    end = "\r\n" if shop == "fashion" else "\n"
    header, *rows = csv.reader(io.StringIO(content, newline=""), strict=True)
    assert tuple(header) == SHIPMENTS_COLUMNS
    assert len(header) == 29
    head = ",".join(f'"{name}"' if " " in name else name for name in header)
    body = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    assert content == "".join(line + end for line in (head, *body))


def test_dates_are_those_of_the_orders_file(world, shop, rows):
    orders = {record.fields["Order ID"]: record.fields for record in world.orders[shop]}
    unknown = [row for row in rows if row["ORDER ID"] not in orders]
    assert 1 <= len(unknown) <= 0.003 * len(rows)
    first_shipped = {}
    for row in rows:
        shipped, placed = day_of(row["DATE SHIPPED"]), day_of(row["ORDER DATE"])
        assert shipped >= placed
        if row["ORDER ID"] in orders:
            assert placed == world.date(shop, orders[row["ORDER ID"]]["Order Date"])
            first_shipped[row["ORDER ID"]] = min(shipped, first_shipped.get(row["ORDER ID"], shipped))
    told = {key: world.date(shop, fields["Date Shipped"]) for key, fields in orders.items() if fields["Date Shipped"]}
    assert first_shipped == told


def test_units_shipped_are_the_sum_of_the_parcels(world, shop, rows):
    in_parcels = Counter()
    for row in rows:
        in_parcels[row["ORDER ID"]] += sum(item[3] for item in items_of(row["SHIPMENT ITEMS"]))
    for record in world.orders[shop]:
        assert in_parcels[record.fields["Order ID"]] == int(record.fields["Total Shipped"])


def test_items_are_those_of_the_order(world, shop, rows):
    broken = {row["order_id"] for row in world.broken}
    ordered = {
        record.fields["Order ID"]: Counter({(item["id"], item["name"], item["sku"]): 0 for item in record.items or []})
        for record in world.orders[shop]
    }
    for record in world.orders[shop]:
        for item in record.items or []:
            ordered[record.fields["Order ID"]][item["id"], item["name"], item["sku"]] += int(item["qty"])
    sent: dict[str, Counter] = {}
    for row in rows:
        counts = sent.setdefault(row["ORDER ID"], Counter())
        for product_id, name, sku, quantity in items_of(row["SHIPMENT ITEMS"]):
            counts[product_id, name, sku] += quantity
    for order_id, counts in sent.items():
        if order_id in ordered and order_id not in broken:
            assert counts <= ordered[order_id]


def test_an_order_has_up_to_nine_parcels(rows):
    counts = Counter(Counter(row["ORDER ID"] for row in rows).values())
    assert max(counts) == 9
    assert counts[1] > 20 * counts[2] > 0


def test_states_have_their_full_name_and_tracking_is_rarely_blank(shop, rows):
    states = {row["SHIPPING STATE"] for row in rows}
    assert states & ({"Illinois", "New York"} if shop == "fashion" else {"台北市"})
    assert not any(re.fullmatch("[A-Z]{2}", state) for state in states)
    blank = [row for row in rows if not row["TRACKING NO"]]
    assert 1 <= len(blank) <= 0.01 * len(rows)
    numbers = [row["TRACKING NO"] for row in rows if row["TRACKING NO"]]
    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"\d{13}", number) for number in numbers)
    assert sum(number.startswith("0") for number in numbers) > 0.9 * len(numbers)
