"""A first draft of a mapping for a file of another shape: guesses by names and by what the values look like.

What is certain stands in the draft as it will be used, what is a guess stands as a comment, what a contract requires
and nobody found stands as a comment that says so. A person completes it; ``keeprate ingest --dry-run`` tries it.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from pipelines.contracts import contract
from pipelines.contracts.base import Column
from pipelines.errors import Refused
from pipelines.mapping.parse import missing_columns
from pipelines.mapping.privacy import looks_personal
from pipelines.mapping_synonyms import SYNONYMS, folded, names_of

_SAMPLE = 2000
"""Records that are looked at."""
_ALIKE = 0.84
"""Similarity of two names, 0-1, from which one is shown as a guess for the other."""
_SHORT_DATE = re.compile(r"^(\d{1,2})[/. -](\d{1,2})[/. -]\d{2,4}")
_LOOKS = {
    "bigint": re.compile(r"^[+-]?\d+([.,]0+)?$"),
    "decimal": re.compile(r"^[+-]?[\d.,]+$"),
    "date": re.compile(r"^\d{1,4}[/. -]\d{1,2}[/. -]\d{1,4}"),
    "timestamp": re.compile(r"^\d{1,4}[/. -]\d{1,2}[/. -]\d{1,4}"),
}


@dataclass(frozen=True)
class Sample:
    """The header of a file and the first values of each column, empty ones left out."""

    header: list[str]
    values: dict[str, list[str]]


def draft_mapping(path: Path) -> str:
    """The text of a mapping for a file.

    Args:
        path: CSV or Parquet, as ingest takes it.

    Raises:
        Refused: the file cannot be read at all.
    """
    return draft_for(read_sample(path), path.name)


def read_sample(path: Path) -> Sample:
    """The header and the first records of a file."""
    import duckdb

    from pipelines.ingest.documents import document_kind, no_table
    from pipelines.ingest.opening import open_file
    from pipelines.ingest.records import scan_records

    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        opened = open_file(path, Path(folder))
        if kind := document_kind(opened, None):
            raise no_table(opened, kind, "keeprate ingest knows some documents; write a CSV of others")
        try:
            if opened.is_parquet:
                query = "select columns(*)::varchar from read_parquet($1) limit $2"
                rows = connection.execute(query, [str(opened.text_path), _SAMPLE])
                header = [column[0] for column in rows.description or []]
            else:
                scan = scan_records(opened.text_path, path.name)
                header = list(scan.header)
                rows = connection.execute(
                    "select * from read_csv($1, header = true, all_varchar = true, delim = $2, skip = $3,"
                    " null_padding = true, ignore_errors = true) limit $4",
                    [str(opened.text_path), scan.delimiter, scan.skipped_lines, _SAMPLE],
                )
            records = rows.fetchall()
        except duckdb.Error as error:
            raise Refused(
                path.name,
                found=f"a file whose first records cannot be read ({type(error).__name__})",
                expected="CSV or Parquet",
                remedy="keeprate ingest --dry-run names the line at fault",
            ) from None
    values = {
        name: [row[index] for row in records if index < len(row) and row[index]] for index, name in enumerate(header)
    }
    return Sample(header, values)


def draft_for(sample: Sample, file_name: str) -> str:
    """The text of a mapping for a sample."""
    entities = _entities(sample)
    lines = [
        f"# Draft of a mapping for {file_name}. Look at every line; what a # precedes is not used.",
        f"# Then: keeprate ingest {file_name} --merchant ID --mapping THIS_FILE --dry-run",
        "",
        "[source]",
        f"name = {_quoted(Path(file_name).stem)}",
        *_source_lines(sample),
    ]
    used: set[str] = set()
    for entity in entities:
        lines += ["", *_entity_lines(entity, entities, sample, used)]
    lines += _returns_hint(entities, sample)
    unread = [name for name in sample.header if name not in used]
    lost = [name for name in unread if looks_personal(name)]
    kept = [name for name in unread if name not in lost]
    if kept:
        lines += ["", f"# Not read above, so kept as attributes: {', '.join(kept)}"]
    if lost:
        lines += ["", f"# Personal by their names, so not kept: {', '.join(lost)}"]
    return "\n".join(lines) + "\n"


def _entities(sample: Sample) -> list[str]:
    """What the file seems to hold: the tables that it has evidence for."""
    has = {
        entity: {column.name for column in contract(entity).input_columns if _certain(entity, column, sample)}
        for entity in SYNONYMS
    }
    if {"return_id", "return_line_id", "reason_raw"} & has["return_lines"]:
        return ["return_lines"]
    if {"shipment_id", "awb"} & has["shipments"] and "quantity" not in has["order_lines"]:
        return ["shipments"]
    if "order_id" in has["orders"]:
        found = [entity for entity in ("orders",) if {"placed_at", "placed_date"} & has["orders"]]
        found += [entity for entity in ("order_lines",) if "quantity" in has["order_lines"]]
        return found or (["refunds"] if "refund_amount" in has["refunds"] else ["orders"])
    scores = {entity: len(columns) for entity, columns in has.items()}
    return [max(scores, key=lambda entity: (scores[entity], entity == "products"))]


def _certain(entity: str, column: Column, sample: Sample, spent: set[str] | None = None) -> str:
    """The source column that is the contract's by name and fits it by its values, or nothing.

    An amount that another table of the draft reads (``spent``) is not read again: it is of the order or of the line.
    """
    spent = spent if spent and column.type.startswith("decimal") else set()
    if column.name == "order_id" and "lineitemname" in {folded(name) for name in sample.header}:
        # Shopify's order number stands under `Name`.
        return next((name for name in sample.header if folded(name) == "name"), "")
    by_name = {folded(name): name for name in reversed(sample.header)}
    for known in names_of(entity, column.name):
        if known in by_name and by_name[known] not in spent and _fits(column, sample.values.get(by_name[known], [])):
            return by_name[known]
    return ""


def _fits(column: Column, values: list[str]) -> bool:
    look = _LOOKS.get(column.type.partition("(")[0])
    return look is None or all(look.match(value.strip()) for value in values)


def _guess(entity: str, column: Column, sample: Sample, taken: set[str]) -> str:
    """A source column that resembles the contract's, or is it by name and holds something else."""
    known = names_of(entity, column.name)
    scored = [
        (max(SequenceMatcher(None, folded(name), other).ratio() for other in known), name)
        for name in sample.header
        if name not in taken
    ]
    score, name = max(scored, default=(0.0, ""))
    return name if score >= _ALIKE else ""


def _source_lines(sample: Sample) -> Iterator[str]:
    texts = [value.strip() for values in sample.values.values() for value in values]
    dates = [match for match in map(_SHORT_DATE.match, texts) if match]
    is_first_day = any(int(match[1]) > 12 >= int(match[2]) for match in dates)
    is_second_day = any(int(match[2]) > 12 >= int(match[1]) for match in dates)
    if is_first_day != is_second_day:
        yield f'date_format = "{"dmy" if is_first_day else "mdy"}"'
    elif dates:
        yield '# date_format = "dmy"   # day and month cannot be told apart in the first records: dmy or mdy?'
    yield '# timezone = "Europe/Berlin"   # zone of times that state none; without this line they are UTC'
    if any(re.fullmatch(r"-?\d+,\d{1,2}", text) for text in texts):
        yield "decimal_comma = true"


def _entity_lines(entity: str, entities: list[str], sample: Sample, used: set[str]) -> Iterator[str]:
    declared = contract(entity)
    columns = [column for column in declared.input_columns if column.name != "attributes"]
    found = {column.name: name for column in columns if (name := _certain(entity, column, sample, used))}
    filled = _filled(entity, found)
    used.update(found.values())
    yield f"[{entity}]   # {declared.description}"
    if entity == "orders" and "order_lines" in entities:
        yield "group_by_key = true   # a record is a line of an order, so many records are one order"
    for column in columns:
        if column.name in found:
            yield f"{column.name} = {_quoted(found[column.name])}"
        elif column.name in filled:
            yield f"{column.name} = {filled[column.name]}"
    yield from _open_questions(entity, columns, set(found) | set(filled), sample, used)


def _filled(entity: str, found: dict[str, str]) -> dict[str, str]:
    """Required columns that a file may lack because they follow from others."""
    parent = found.get("return_id") or found.get("order_id", "")
    ways = {
        "order_lines": {"order_line_id": f"{{ position_in = {_quoted(found.get('order_id', ''))} }}"},
        "return_lines": {"return_line_id": f"{{ position_in = {_quoted(parent)}, joined = true }}" if parent else ""},
        "products": {"variant_id": '{ value = "-" }'},
        "refunds": {"refund_id": _quoted(found.get("order_id", ""))},
        "shipments": {"shipment_id": _quoted(found["awb"]) if "awb" in found else ""},
    }
    return {name: text for name, text in ways.get(entity, {}).items() if name not in found and text}


def _open_questions(
    entity: str, columns: list[Column], present: set[str], sample: Sample, used: set[str]
) -> Iterator[str]:
    missing = missing_columns(contract(entity), present)
    for column in columns:
        if column.name in present:
            continue
        guess = _guess(entity, column, sample, used)
        if column.name in missing:
            hint = f' Perhaps "{guess}"?' if guess else ""
            yield f'# {column.name} = "..."   # REQUIRED, to fill in: {column.description}{hint}'
        elif guess:
            yield f"# {column.name} = {_quoted(guess)}   # a guess by its name: {column.description}"
    if "currency_code" in {column.name for column in columns} - present:
        yield '# currency_code = { value = "USD" }   # the currency of all amounts, where the file has no column'


def _returns_hint(entities: list[str], sample: Sample) -> Iterator[str]:
    """Negative quantities in an orders file are mostly goods that came back."""
    if "order_lines" not in entities:
        return
    quantity = _certain("order_lines", contract("order_lines").column("quantity"), sample)
    order = _certain("orders", contract("orders").column("order_id"), sample)
    if not any(value.strip().startswith("-") for value in sample.values.get(quantity, [])):
        return
    number = f"number({_identifier(quantity)})"
    yield ""
    yield f"# Some records have fewer than 0 units in {quantity}. If these are returns, add to the tables above"
    yield f"# where = {_quoted(f'{number} >= 0')}"
    yield "# and take the # from the lines below:"
    yield "# [return_lines]"
    yield f"# where = {_quoted(f'{number} < 0')}"
    yield f"# return_line_id = {{ position_in = {_quoted(order)}, joined = true }}"
    yield f"# return_id = {_quoted(order)}"
    yield f"# quantity = {{ sql = {_quoted(f'-{number}')} }}"
    for name in ("customer_id", "product_id", "sku", "product_name"):
        if source := _certain("return_lines", contract("return_lines").column(name), sample):
            yield f"# {name} = {_quoted(source)}"
    if date := _certain("orders", contract("orders").column("placed_at"), sample):
        yield f"# requested_at = {_quoted(date)}"


def _quoted(text: str) -> str:
    """A TOML string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False)


def _identifier(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else '"' + name.replace('"', '""') + '"'
