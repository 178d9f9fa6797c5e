"""Planted persons: are any of them found again in a home, whatever is decoded in it?

    python -m benchmarks.canaries [--orders 3000]

A hundred names, streets, telephones and e-mails, English and Chinese, are planted into simulated exports of every kind:
in personal columns, comments, messages and remarks, in rows that are valid, broken, truncated or of unknown columns, in
keys and names of files. The files are loaded, built, reported; every column of every table, every Parquet part, page,
log and file, and what the commands printed, is decoded and searched. Then persons are erased and their pseudonyms are
searched for.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.canary_search import found_in, load, pseudonyms_of, run

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST = [
    "Zenobia",
    "Quillon",
    "Ottoline",
    "Thaddeus",
    "Xanthippe",
    "Barnaby",
    "Calanthe",
    "Dragomir",
    "Evadne",
    "Fionnuala",
    "Gwendolyn",
    "Hyacinth",
    "Isolde",
]
_LAST = [
    "Quartermaine",
    "Varnathby",
    "Brackenmoor",
    "Featherstonehaugh",
    "Cholmondeley",
    "Wrigglesworth",
    "Ravenscroft",
    "Thistlethwaite",
    "Oglethorpe",
    "Pemberton",
    "Szymborski",
    "Vandermeersch",
    "Whittingham",
]
_LANES = [
    "Larkmead",
    "Hollowdene",
    "Ambleforth",
    "Wraysbury",
    "Tintagelford",
    "Nettlewold",
    "Quernmore",
    "Fallowmire",
    "Gorseleigh",
    "Ivythorpe",
    "Kestrelbrook",
    "Loxwood",
    "Marrowdale",
]
_CHINESE = "歐陽翠嵐 王曉雲 陳柏翰 林詩涵 黃品叡 張語彤 劉宥廷 蔡承恩 許芷瑄 上官婉清 諸葛亮宇 洪子晴".split()  # noqa: SIM905
_ENGLISH_TEXTS = (
    "This is {name}, please leave it at {street}. Call {phone} or write to {email}",
    "My name is {name}. Too small.",
    "{name} lives at {street} and wants a refund",
    "ask for {first} {last}, {phone}",
    "Regards, {name}\n{street}",
    "tell {name} the zipper broke",
    "{first} says the heel is loose. mail {email}",
    "c/o {last}, {street}",
)
_CHINESE_TEXTS = (
    "我是{name}，地址{street}，電話{phone}，信箱{email}",
    "{name}：尺寸不合，請寄到{street}",
    "請聯絡{name}先生 {phone}",
    "顏色不對。{name} 敬上",
    "收件人：{name}，{street}",
)


@dataclass(frozen=True)
class Person:
    """A planted person."""

    first: str
    last: str
    name: str
    street: str
    phone: str
    email: str
    is_chinese: bool

    @property
    def canaries(self) -> set[str]:
        """What must not be found; of an English name its parts too."""
        whole = {self.name, self.street, self.phone, self.email, re.sub(r"\D", "", self.phone)}
        return whole | (set() if self.is_chinese else {self.first, self.last, self.street.split()[1]})

    def text(self, number: int) -> str:
        """One of the texts in which the person stands."""
        texts = _CHINESE_TEXTS if self.is_chinese else _ENGLISH_TEXTS
        return texts[number % len(texts)].format(**vars(self))


def people() -> dict[str, list[Person]]:
    """The planted persons by merchant of the demo: 13 English and 12 Chinese ones, four canaries each."""
    english = [
        Person(first, last, f"{first} {last}", f"{100 + 37 * n} {lane} Lane", f"+1 (415) 555-{3000 + n}",
               f"{first.lower()}.{last.lower()}@canary{n}.example", is_chinese=False)
        for n, (first, last, lane) in enumerate(zip(_FIRST, _LAST, _LANES, strict=True))
    ]  # fmt: skip
    chinese = [
        Person(name[1:], name[:1], name, f"臺北市松山區民生東路五段{10 + n}號{n + 1}樓", f"0912-{300 + n}-{400 + n}",
               f"canaryzh{n}@mail{n}.example", is_chinese=True)
        for n, name in enumerate(_CHINESE)
    ]  # fmt: skip
    return {"fashion": english, "home": chinese}


def plant(folder: Path, planted: list[Person]) -> None:
    """Plant persons into a merchant's simulated exports, and odd files beside them."""
    orders = _plant_orders(next(folder.glob("orders-*.csv")), planted)
    for path in folder.glob("returns-*.csv"):
        _rewrite(path, lambda rows: _into_returns(rows, planted, orders))
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f'1,{planted[2].email},"{planted[2].name}",{planted[2].phone}\n')
    for path in folder.glob("clickpost-report-*.csv"):
        _rewrite(path, lambda rows: _into_report(rows, planted))
    for path in folder.glob("shipments-*.csv"):
        _rewrite(path, lambda rows: _into_shipments(rows, planted))
    for path in folder.glob("clickpost-events-*.jsonl"):
        _plant_events(path, planted)
    _write_odd_files(folder, planted, orders)


def _plant_orders(path: Path, planted: list[Person]) -> list[str]:
    """Plant into orders, with two records of too few and too many fields; a cut copy beside. The orders' ids."""
    orders: list[str] = []
    _rewrite(path, lambda rows: orders.extend(_into_orders(rows, planted)))
    whole = path.read_text(encoding="utf-8")
    width = whole.count(",", 0, whole.index("\n")) + 1
    ragged = f'"{planted[0].name}","{planted[0].email}"\r\n' + ",".join([f'"{planted[1].name}"'] * (width + 3)) + "\r\n"
    path.write_text(whole + ragged, encoding="utf-8", newline="")
    cut = whole[: whole.index(planted[6].email) + len(planted[6].email) - 3]
    path.with_name("cut-orders.csv").write_text(cut, encoding="utf-8", newline="")
    return orders


def _into_orders(rows: list[dict[str, str]], planted: list[Person]) -> list[str]:
    for number, (person, row) in enumerate(zip(planted, rows[::7], strict=False)):
        row |= {"Customer Name": person.name, "Customer Email": person.email, "Customer Phone": person.phone}
        row |= {"Customer Message": person.text(number), "Order Notes": person.text(number + 3)}
        for side in ("Billing", "Shipping"):
            row |= {f"{side} First Name": person.first, f"{side} Last Name": person.last}
            row |= {f"{side} Street 1": person.street, f"{side} Phone": person.phone, f"{side} Email": person.email}
    columns = ("Order Date", "Order Total (inc tax)", "Total Quantity", "Exchange Rate", "Product Details")
    for person, row, column in zip(planted, rows[200:], columns, strict=False):
        row[column] = person.name if column != "Product Details" else person.text(0)
    return [row["Order ID"] for row in rows[: 7 * len(planted) : 7]]


def _into_returns(rows: list[dict[str, str]], planted: list[Person], orders: list[str]) -> None:
    for number, (person, row) in enumerate(zip(planted, rows[::2], strict=False)):
        row |= {"order_id": orders[number], "comments": person.text(number), "staff_notes": person.text(number + 1)}
    columns = ("date_requested", "quantity", "reason", "status", "resolution", "store_credit")
    for number, (person, row, column) in enumerate(zip(planted, rows[1::2], columns, strict=False)):
        row[column] = person.text(number) if column in ("reason", "status", "resolution") else person.name


def _into_report(rows: list[dict[str, str]], planted: list[Person]) -> None:
    personal = {"Name": "name", "Phone": "phone", "Email": "email", "Address": "street"}
    words = ("Latest Remark", "Reason For Last Failed Delivery", "Remark Of Last Failed Delivery", "RVP Reason")
    for number, (person, row) in enumerate(zip(planted, rows[::3], strict=False)):
        row |= {
            f"{side} {column}": getattr(person, field)
            for side in ("Pickup", "Drop", "Return")
            for column, field in personal.items()
            if f"{side} {column}" in row
        }
        row |= {column: person.text(number) for column in words if column in row}
    measured = ("Created at", "COD Value", "Items Quantity")
    for person, row, column in zip(planted, rows[1::3], measured, strict=False):
        if column in row:
            row[column] = person.name


def _into_shipments(rows: list[dict[str, str]], planted: list[Person]) -> None:
    personal = {"FULL NAME": "name", "FIRST NAME": "first", "LAST NAME": "last", "STREET 1": "street"}
    for person, row in zip(planted, rows[::4], strict=False):
        row |= {
            f"{side} {column}": getattr(person, field)
            for side in ("BILLING", "SHIPPING")
            for column, field in personal.items()
            if f"{side} {column}" in row
        }
    rows[1]["DATE SHIPPED"] = planted[0].name
    rows[2]["TRACKING NO"] = planted[1].email
    rows[3]["SHIPMENT ITEMS"] = planted[2].text(0)


def _rewrite(path: Path, change: Callable[[list[dict[str, str]]], None]) -> None:
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    change(rows)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8", newline="")


def _plant_events(path: Path, planted: list[Person]) -> None:
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for number, (person, event) in enumerate(zip(planted, events[::2], strict=False)):
        event["remark"] = person.text(number)
        event.setdefault("additional", {}).update(
            {
                "note_of_customer": person.text(number + 2),
                "customer_name": person.name,
                "drop": {"name": person.name, "comment": person.text(1)},
                "item_info": [{"sku": "A", "quantity": 1, "return_reason": person.text(number)}],
                person.email: "x",
            }
        )
    events[1]["timestamp"] = planted[0].name
    events += [{"waybill": planted[3].name, "oops": planted[3].email}, [planted[4].name]]
    path.write_text("\n".join(json.dumps(event, ensure_ascii=False) for event in events) + "\n", encoding="utf-8")


def _write_odd_files(folder: Path, planted: list[Person], orders: list[str]) -> None:
    person = planted[5]
    contacts = "".join(
        f'C{n},{orders[n]},5{n},"{one.text(n)}",2026-03-28 11:00:00,{one.name}\n' for n, one in enumerate(planted)
    )
    attributes = "".join(
        f"9{n};2026-03-1{n};USD;{one.email};{json.dumps(one.text(n), ensure_ascii=False)}\n"
        for n, one in enumerate(planted[:8])
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


def main() -> int:
    """Plant, load, search, erase two persons, search again; prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--orders", default="3000")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        exports, home = Path(folder) / "exports", Path(folder) / "home"
        run("simulate", "--output", exports, "--orders", arguments.orders, "--until", "2026-11-01")
        planted = people()
        for merchant, persons in planted.items():
            plant(exports / merchant, persons)
        printed = load(home, exports)
        canaries = {canary for persons in planted.values() for one in persons for canary in one.canaries}
        places = found_in(home, canaries, printed)
        count = 4 * sum(map(len, planted.values()))
        print(f"{count} canaries planted, {len({c for found in places.values() for c in found})} found again")
        for place, found in sorted(places.items()):
            print(f"  {place}: {', '.join(sorted(found))}")
        left: dict[str, set[str]] = {}
        for merchant, persons in planted.items():
            pseudonyms = pseudonyms_of(home, merchant, persons[0].email, persons[0].phone)
            status, text = run(
                "--home", home, "erase", "--merchant", merchant, "--email", persons[0].email, "--yes", "--json"
            )
            printed[f"erase {merchant}"] = text
            left |= found_in(home, pseudonyms, {}) if status == 0 else {f"erase {merchant} ended in {status}": set()}
        print(f"2 persons erased, pseudonyms found again in {len(left)} places {sorted(left)}")
    return 1 if places or left else 0


if __name__ == "__main__":
    sys.exit(main())
