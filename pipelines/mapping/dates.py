"""The order of day and month in a generic file: stated, proven by the file, inherited, or the file is refused.

Dates that begin with the year need no proof. Everything else about reading dates is in ``values``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.contracts import contract
from pipelines.errors import Refused
from pipelines.mapping.binding import BoundMapping, quoted
from pipelines.sources.base import Decision
from pipelines.sql_text import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHORT = r"^([0-9]{1,2})[/. -]([0-9]{1,2})[/. -][0-9]{2,4}"
_MONTHS = 12
_REMEDY = "state the order with --date-format dmy (or mdy), or as date_format in the [source] of the mapping"


@dataclass(frozen=True)
class DateParts:
    """What the first two parts of a file's short dates say.

    Attributes:
        count: dates that do not begin with the year.
        first_line: the first line on which a first part is above 12 (so it is a day), or None.
        second_line: the first line on which a second part is above 12, or None.
        line: the first line with such a date, or None.
        first_column: header of the column in which the first of these stands, or None; the others likewise.
        second_column: of the second.
        column: of the third.
    """

    count: int
    first_line: int | None
    second_line: int | None
    line: int | None = None
    first_column: str | None = None
    second_column: str | None = None
    column: str | None = None


def date_columns(bound: BoundMapping) -> list[str]:
    """Columns of the file that the mapping reads as dates or times, without an expression between."""
    found = {
        bound.name(name)
        for entity in bound.mapping.entities
        for column in entity.columns
        if contract(entity.entity).column(column.name).type in ("date", "timestamp")
        for name in column.columns
    }
    return [name for name in bound.header if name in found]


def date_parts_query(landing: str, columns: Mapping[str, str]) -> str:
    """One row, the fields of :class:`DateParts`, over columns of the landed records.

    Args:
        landing: table or view of the landed records.
        columns: header of each column that holds dates, by its name there.
    """
    parts = " union all ".join(
        f"select line_number, {number} as place, {literal(header)} as header, trim({quoted(name)}) as text"
        f" from {landing}"
        for number, (name, header) in enumerate(columns.items())
    )
    first = f"first_part > {_MONTHS} and second_part <= {_MONTHS}"
    second = f"second_part > {_MONTHS} and first_part <= {_MONTHS}"
    lines = ", ".join(f"min(line_number) filter (where {which})" for which in (first, second, "true"))
    headers = ", ".join(
        f"arg_min(header, (line_number, place)) filter (where {which})" for which in (first, second, "true")
    )
    return (
        f"with texts as ({parts}), parts as (select line_number, place, header, "
        f"try_cast(regexp_extract(text, '{_SHORT}', 1) as integer) as first_part, "
        f"try_cast(regexp_extract(text, '{_SHORT}', 2) as integer) as second_part from texts "
        f"where regexp_matches(text, '{_SHORT}')) "
        f"select count(*), {lines}, {headers} from parts"
    )


def decide(
    file_name: str, parts: DateParts, stated: tuple[str, str] | None, earlier: tuple[str, str] | None
) -> Decision | None:
    """Which order a file's dates have.

    Args:
        file_name: for messages.
        parts: what the dates say.
        stated: the format that was stated and by whom, or None.
        earlier: format and name of an earlier file with the same header, or None.

    Returns:
        The format with its evidence, or None where no date needs one and none was stated.

    Raises:
        Refused: the dates contradict what was stated or each other, or nothing proves an order.
    """
    if stated:
        _refuse_contradiction(file_name, parts, *stated)
        return Decision(*stated)
    if not parts.count:
        return None
    if parts.first_line and parts.second_line:
        raise Refused(
            file_name,
            line=parts.second_line,
            column=parts.second_column,
            found=f"day/month on line {parts.first_line} and month/day on line {parts.second_line}",
            expected="one order of day and month in a file",
            remedy="split the file by its order of dates",
        )
    if parts.first_line:
        return Decision("dmy", f"the first part is above 12 on line {parts.first_line}")
    if parts.second_line:
        return Decision("mdy", f"the second part is above 12 on line {parts.second_line}")
    if earlier:
        return Decision(earlier[0], f"inherited from {earlier[1]}")
    raise Refused(
        file_name,
        line=parts.line,
        column=parts.column,
        found=f"{parts.count:,} dates such as 01/02/2026, in which day and month cannot be told apart",
        expected="dates as YYYY-MM-DD, or a stated order",
        remedy=_REMEDY,
    )


def _refuse_contradiction(file_name: str, parts: DateParts, value: str, by: str) -> None:
    day_first, month_first = (parts.first_line, parts.first_column), (parts.second_line, parts.second_column)
    found = {"dmy": month_first, "mdy": day_first, "ymd": day_first if parts.first_line else month_first}.get(value)
    if found and found[0]:
        raise Refused(
            file_name,
            line=found[0],
            column=found[1],
            found=f"a date that is not {value}, which was {by}",
            expected=f"dates in the order {value}",
            remedy=_REMEDY,
        )
