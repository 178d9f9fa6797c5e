"""What a landed file says of persons beside its free text: columns of names and streets, names by order.

A record's own names and streets are masked in its texts; names are marked by order, so that texts of other files can be
held against them. Which columns hold what is told by the sources; how a text is masked is ``pipelines.masking``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipelines.ledger import ORDER_NAMES
from pipelines.mapping.privacy import looks_personal
from pipelines.masking.text import BETWEEN, EVERY_WORD
from pipelines.sources.base import snake_case
from pipelines.sql_text import identifiers, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import duckdb

    from pipelines.ingest.landing import LandedFile
    from pipelines.sources.base import Source

_NAME = re.compile(
    r"(^|_)names?(_|$)|姓名|收件人|收货人|顧客|客戶|nachname|vorname|prenom|prénom|apellido|cognome|surname|forename"
    r"|recipient|consignee|contact|attention|attn|addressee|receiver"
)
_STREET = re.compile(
    r"(^|_)(street|address|addr|suburb|house|road)|anschrift|stra(ß|ss)e|adresse|direcci|indirizzo|地址"
)
_NO_PERSON = re.compile(
    r"product|item|sku|channel|group|carrier|courier|warehouse|brand|company|organisation|email|type"
)
_GOODS = re.compile(
    r"(^|_)(products?|items?|lineitem|sku)_?(name|options|title|details)?$|^(courier|carrier|vendor|brand)"
)
_PERSON = re.compile(r"customer|consignee|recipient|buyer|signed_by|(first|last|given|family)(_names?)?")
_NUMBERS = re.compile(r"@|\d{5,}")
_JOINED = "concat_ws(chr(31), {})"
TOLD = TOLD_NAMES, TOLD_STREETS = "recipient names", "street addresses"
"""Headers of ``landing`` for what a document's records tell of persons under keys that are not kept."""


@dataclass(frozen=True)
class Surroundings:
    """SQL of what a mask may look at beside the text itself; each is ``null`` where there is nothing.

    Attributes:
        personal: names and streets of the record.
        spared: names of goods, whose words are no persons' names.
        marks: marks of the names that other files state for the record's order.
        shop: the merchant's own name.
        personal_columns: columns of ``landing`` that ``personal`` joins.
    """

    personal: str = "null::varchar"
    spared: str = "null::varchar"
    marks: str = "null::uinteger[]"
    shop: str = "null::varchar"
    personal_columns: tuple[str, ...] = ()

    def masked(self, expression: str, codes: Iterable[str] = ()) -> str:
        """SQL that masks a text; ``codes`` are columns that list stock keeping units, which a mask leaves alone."""
        spared = self.spared
        if listed := list(codes):
            spared = f"coalesce({spared}, '') || chr(31) || {_JOINED.format(', '.join(listed))}"
        return (
            f"case when {expression} is not null then mask_text({expression}, {self.personal}, {spared},"
            f" {self.marks}) end"
        )

    @property
    def of_record(self) -> Surroundings:
        """Without the marks of other files and the names of goods: for reasons and attributes, of which few differ."""
        return replace(self, spared=self.shop, marks="null::uinteger[]")

    def masked_place(self, expression: str) -> str:
        """SQL that masks streets and numbers in a place; the names of a record are those of its places, too."""
        every = f"{literal(EVERY_WORD)}, {self.marks}"
        return f"case when {expression} is not null then mask_text({expression}, null, {every}) end"


def tells_of_person(name: str) -> bool:
    """Whether a column, by its snake_case name, holds a person's name or street."""
    return bool(_NAME.search(name) or _STREET.search(name)) and not _NO_PERSON.search(name)


def told_of_persons(told: Mapping[str, list[str]]) -> dict[str, str]:
    """Names and streets under a record's keys that are not kept, as two fields of ``landing``.

    Args:
        told: texts by dotted key.
    """
    names, streets = [], []
    for path, texts in told.items():
        key = snake_case(path.rpartition(".")[2])
        if _NO_PERSON.search(key):
            continue
        if _STREET.search(key):
            streets += texts
        elif _NAME.search(key) or _PERSON.fullmatch(key):
            names += [text for text in texts if not _NUMBERS.search(text)]
    found = {TOLD_NAMES: names, TOLD_STREETS: streets}
    return {header: BETWEEN.join(texts) for header, texts in found.items() if texts}


def is_looked_at(source: Source, name: str) -> bool:
    """Whether a column that is not kept is read all the same, because texts are held against it."""
    return tells_of_person(name) and (source.has_texts or bool(source.order_columns))


def surroundings(landed: LandedFile, present: Mapping[str, str]) -> Surroundings:
    """What the masks of a landed file may look at.

    Args:
        landed: the file, whose rows stand in ``landing``.
        present: header by column of ``landing``.
    """
    personal = [name for name in _landed_columns(landed) if _is_personal(landed.source, name, present)]
    goods = [name for name in present if _GOODS.search(name)]
    shop = literal(landed.merchant.name)
    return Surroundings(
        personal=_JOINED.format(identifiers(personal)) if personal else "null::varchar",
        spared=f"concat_ws(' ', {', '.join((shop, *(identifiers([name]) for name in goods)))})",
        shop=shop,
        personal_columns=tuple(personal),
        marks="named_marks" if marked_orders(landed, present) else "null::uinteger[]",
    )


def marked_orders(landed: LandedFile, present: Mapping[str, str]) -> str:
    """SQL to join behind ``landing``: the marks of each record's order; empty where there are none to ask for."""
    order = _order_column(landed, present)
    if not (order and landed.source.is_held_against_orders and _has_marks(landed.connection)):
        return ""
    return (
        " left join (select order_id as named_order, list_distinct(flatten(list(marks))) as named_marks"
        f" from {ORDER_NAMES.full_name} where merchant_id = {literal(landed.merchant.merchant_id)} group by order_id)"
        f" on named_order = trim({order})"
    )


def note_names(landed: LandedFile) -> bool:
    """Mark the names that a file states for each order; those that are known are not written again.

    New ones stand in the temporary table ``new_order_names``. It calls ``name_marks`` of
    ``pipelines.masking.functions``.

    Returns:
        Whether the file states names at all.
    """
    from pipelines.ingest.landing import column_names

    present = dict(zip(column_names(landed.header), landed.header, strict=True))
    order = _order_column(landed, present)
    columns = [
        name
        for name in _landed_columns(landed)
        if _is_personal(landed.source, name, present) and _NAME.search(name) and not _STREET.search(name)
    ]
    if not order or not columns:
        return False
    columns = _without_whole_names(columns)
    joins, marks = [], []
    for number, name in enumerate(columns):
        quoted = identifiers([name])
        landed.connection.execute(
            f"create or replace temp table name_values_{number} as select value, name_marks(value) as marks"
            f" from (select distinct {quoted} as value from landing where {quoted} is not null)"
        )
        joins.append(f"left join name_values_{number} as v{number} on v{number}.value = landing.{quoted}")
        marks.append(f"coalesce(v{number}.marks, [])")
    merchant = literal(landed.merchant.merchant_id)
    landed.connection.execute(
        "create or replace temp table file_order_names as"
        " select merchant_id, order_id, list_sort(list_distinct(flatten(list(marks)))) as marks from ("
        f"select {merchant} as merchant_id, trim(landing.{order}) as order_id,"
        f" flatten([{', '.join(marks)}])::uinteger[] as marks from landing {' '.join(joins)}"
        f" where landing.{order} is not null) group by merchant_id, order_id having len(flatten(list(marks))) > 0"
    )
    landed.connection.execute(
        "create or replace temp table new_order_names as select * from file_order_names as new where not exists ("
        f"select 1 from {ORDER_NAMES.full_name} as known where known.merchant_id = new.merchant_id"
        " and known.order_id = new.order_id and known.marks = new.marks)"
    )
    landed.connection.execute(f"insert into {ORDER_NAMES.full_name} by name select * from new_order_names")
    for number in range(len(columns)):
        landed.connection.execute(f"drop table name_values_{number}")
    landed.connection.execute("drop table file_order_names")
    return True


def _without_whole_names(columns: list[str]) -> list[str]:
    """Where first and last names stand apart, the whole name tells nothing more, and takes far longer to mark."""
    has_parts = any("first_name" in name for name in columns) and any("last_name" in name for name in columns)
    return [name for name in columns if "first" in name or "last" in name] if has_parts else columns


def _landed_columns(landed: LandedFile) -> list[str]:
    rows = landed.connection.execute("describe landing").fetchall()
    return [row[0] for row in rows if row[0] not in ("record_number", "line_number")]


def _is_personal(source: Source, name: str, present: Mapping[str, str]) -> bool:
    if not tells_of_person(name):
        return False
    known = next((column for column in source.columns if column.name == name), None)
    return known.handling == "drop" if known else looks_personal(present.get(name, name))


def _order_column(landed: LandedFile, present: Mapping[str, str]) -> str:
    wanted = landed.source.order_columns or (("order_id", "order_number") if not landed.source.columns else ())
    return next((identifiers([name]) for name in wanted if name in present), "")


def _has_marks(connection: duckdb.DuckDBPyConnection) -> bool:
    ((count,),) = connection.execute(f"select count(*) from (select 1 from {ORDER_NAMES.full_name} limit 1)").fetchall()
    return bool(count)
