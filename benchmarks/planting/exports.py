"""Planting into a merchant's simulated exports: personal columns, comments, messages, broken and cut records, keys."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from benchmarks.planting.planted import Planted
from benchmarks.planting.samples import plant_samples

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.planting.people import Person


def plant(folder: Path, persons: list[Person]) -> Planted:
    """Plant persons into a merchant's simulated exports, and odd files beside them."""
    planted = Planted({path.name: "loaded" for path in folder.iterdir()})
    orders = _plant_orders(next(folder.glob("orders-*.csv")), persons)
    for path in folder.glob("returns-*.csv"):
        _rewrite(path, lambda rows: _into_returns(rows, persons, orders))
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f'{path.stem[-5:]},{persons[2].email},"{persons[2].name}",{persons[2].phone}\n')
    for path in folder.glob("clickpost-report-*.csv"):
        _rewrite(path, lambda rows: planted.mark("clickpost_report", _into_report(rows, persons)))
    for path in folder.glob("shipments-*.csv"):
        _rewrite(path, lambda rows: planted.mark("bigcommerce_shipments", _into_shipments(rows, persons)))
    for path in folder.glob("clickpost-events-*.jsonl"):
        planted.mark("clickpost_events", _plant_events(path, persons))
    _write_odd_files(folder, persons, orders, planted)
    planted.marks |= {"bigcommerce_orders": set(orders), "return_requests": {orders[0]}}
    plant_samples(folder, persons, planted)
    return planted


def _plant_orders(path: Path, persons: list[Person]) -> list[str]:
    """Plant into orders, with two records of too few and too many fields; a cut copy beside. The orders' ids."""
    orders: list[str] = []
    _rewrite(path, lambda rows: orders.extend(_into_orders(rows, persons)))
    whole = path.read_text(encoding="utf-8")
    width = whole.count(",", 0, whole.index("\n")) + 1
    ragged = f'"{persons[0].name}","{persons[0].email}"\r\n' + ",".join([f'"{persons[1].name}"'] * (width + 3)) + "\r\n"
    path.write_text(whole + ragged, encoding="utf-8", newline="")
    cut = whole[: whole.index(persons[6].email) + len(persons[6].email) - 3]
    path.with_name("cut-orders.csv").write_text(cut, encoding="utf-8", newline="")
    _write_unquoted(path.with_name("cut-unquoted-orders.csv"), whole, persons[0].email)
    return orders


def _write_unquoted(path: Path, whole: str, email: str) -> None:
    """Some orders with quotes only where needed; the last record ends within an address, so that it is set aside."""
    header, planted, *rows = csv.reader(io.StringIO(whole, newline=""))
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([header, *rows[:3], planted])
    text = out.getvalue()
    path.write_text(text[: text.rindex(email) + len(email) - 3], encoding="utf-8", newline="")


def _into_orders(rows: list[dict[str, str]], persons: list[Person]) -> list[str]:
    for number, (person, row) in enumerate(zip(persons, rows[::5], strict=False)):
        row |= {"Customer Name": person.name, "Customer Email": person.email, "Customer Phone": person.phone}
        row |= {"Customer Message": person.text(number), "Order Notes": person.text(number + 3)}
        for side in ("Billing", "Shipping"):
            row |= {f"{side} First Name": person.first, f"{side} Last Name": person.last}
            row |= {f"{side} Street 1": person.street, f"{side} Phone": person.phone, f"{side} Email": person.email}
    columns = ("Order Date", "Order Total (inc tax)", "Total Quantity", "Exchange Rate", "Product Details")
    for person, row, column in zip(persons, rows[100:], columns, strict=False):
        row[column] = person.name if column != "Product Details" else person.text(0)
    return [row["Order ID"] for row in rows[: 5 * len(persons) : 5]]


def _into_returns(rows: list[dict[str, str]], persons: list[Person], orders: list[str]) -> None:
    for number, (person, row) in enumerate(zip(persons, rows[::2], strict=False)):
        row |= {"order_id": orders[number], "comments": person.text(number), "staff_notes": person.text(number + 1)}
    columns = ("date_requested", "quantity", "reason", "status", "resolution", "store_credit")
    for number, (person, row, column) in enumerate(zip(persons, rows[1::2], columns, strict=False)):
        row[column] = person.text(number) if column in ("reason", "status", "resolution") else person.name


def _into_report(rows: list[dict[str, str]], persons: list[Person]) -> list[str]:
    """Waybills of the planted parcels; others have a name where a measure belongs."""
    personal = {"Name": "name", "Phone": "phone", "Email": "email", "Address": "street"}
    words = ("Latest Remark", "Reason For Last Failed Delivery", "Remark Of Last Failed Delivery", "RVP Reason")
    for number, (person, row) in enumerate(zip(persons, rows[::3], strict=False)):
        row |= {
            f"{side} {column}": getattr(person, field)
            for side in ("Pickup", "Drop", "Return")
            for column, field in personal.items()
            if f"{side} {column}" in row
        }
        row |= {column: person.text(number) for column in words if column in row}
    measured = ("Created at", "COD Value", "Items Quantity")
    for person, row, column in zip(persons, rows[1::3], measured, strict=False):
        if column in row:
            row[column] = person.name
    return [row["AWB"] for row in rows[: 3 * len(persons) : 3]]


def _into_shipments(rows: list[dict[str, str]], persons: list[Person]) -> list[str]:
    """Numbers of the planted shipments."""
    personal = {"FULL NAME": "name", "FIRST NAME": "first", "LAST NAME": "last", "STREET 1": "street"}
    for person, row in zip(persons, rows[::4], strict=False):
        row |= {
            f"{side} {column}": getattr(person, field)
            for side in ("BILLING", "SHIPPING")
            for column, field in personal.items()
            if f"{side} {column}" in row
        }
    rows[1]["DATE SHIPPED"] = persons[0].name
    rows[2]["TRACKING NO"] = persons[1].email
    rows[3]["SHIPMENT ITEMS"] = persons[2].text(0)
    return [row["SHIPMENT ID"] for row in rows[: 4 * len(persons) : 4]]


def _rewrite(path: Path, change: Callable[[list[dict[str, str]]], None]) -> None:
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    change(rows)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8", newline="")


def _plant_events(path: Path, persons: list[Person]) -> list[str]:
    """Waybills of the planted events."""
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for number, (person, event) in enumerate(zip(persons, events[::2], strict=False)):
        event["remark"] = person.text(number, is_address_known=False)
        event.setdefault("additional", {}).update(
            {
                "note_of_customer": person.text(number + 2, is_address_known=False),
                "customer_name": person.name,
                "drop": {"name": person.name, "comment": person.text(1, is_address_known=False)},
                "item_info": [
                    {"sku": "A", "quantity": 1, "return_reason": person.text(number, is_address_known=False)}
                ],
                person.email: "x",
            }
        )
    waybills = [event["waybill"] for event in events[: 2 * len(persons) : 2]]
    events[1]["timestamp"] = persons[0].name
    events += [{"waybill": persons[3].name, "oops": persons[3].email}, [persons[4].name]]
    path.write_text("\n".join(json.dumps(event, ensure_ascii=False) for event in events) + "\n", encoding="utf-8")
    return waybills


def _write_odd_files(folder: Path, persons: list[Person], orders: list[str], planted: Planted) -> None:
    person = persons[5]
    contacts = "".join(
        f'C{n},{orders[n]},5{n},"{one.text(n)}",2026-03-28 11:00:00,{one.name}\n' for n, one in enumerate(persons)
    )
    attributes = "".join(
        f"9{n};2026-03-1{n};USD;{one.email};{json.dumps(one.text(n), ensure_ascii=False)}\n"
        for n, one in enumerate(persons[:8])
    )
    texts = {
        f"odd-{person.email}.csv": f"{person.name},{person.email},{person.phone},{person.name}\n1,2,3,4\n",
        "headerless.csv": f"{person.first},{person.last},{person.street}\nA,B,C\n",
        "contacts.csv": "contact_id,order_id,customer_id,message,contacted_at,Recipient Name\n" + contacts,
        "semicolons.csv": "order_id;placed_date;currency_code;customer_email;note from the buyer\n" + attributes,
        "keys.json": json.dumps({person.name: {"a": person.email}}, ensure_ascii=False),
        "twice.json": f'{{"{person.name}": 1, "{person.name}": 2}}',
        "cut.json": f'[{{"waybill": "1", "timestamp": "2026-01-01", "remark": "{person.name}',
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
        planted.statuses[name] = "loaded" if name in ("contacts.csv", "semicolons.csv") else "refused"
    planted.statuses |= {"cut-orders.csv": "refused", "cut-unquoted-orders.csv": "loaded"}
