"""Text into typed values, as SQL: numbers, dates, times, booleans, lists of words; NULL where it cannot be.

A value that does not fit is never bent: 2.5 is no whole number, 31-02-2026 no day. Where times are read, the
result is UTC.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.contracts.base import Column
from pipelines.contracts.orders import ORDER_STATUSES
from pipelines.contracts.return_lines import RETURN_STATUSES
from pipelines.sql_text import literal

_OFFSET = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)? ?(Z|z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$"
_ISO_DAY = "^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([ T]|$)"
_ORDERED = {"dmy": ("%d", "%m"), "mdy": ("%m", "%d")}
_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %H:%M:%S", ", %H:%M")
ORDER_WORDS = {
    "canceled": "cancelled", "voided": "cancelled", "complete": "completed", "delivered": "completed",
    "fulfilled": "shipped", "partially_fulfilled": "partially_shipped", "unpaid": "awaiting_payment",
    "paid": "awaiting_fulfillment", "processing": "awaiting_fulfillment", "unfulfilled": "awaiting_fulfillment",
    "partial": "partially_shipped", "chargeback": "disputed",
}  # fmt: skip
RETURN_WORDS = {
    "approved": "authorized", "authorised": "authorized", "canceled": "cancelled", "completed": "closed",
    "complete": "closed", "declined": "rejected", "denied": "rejected", "new": "pending", "open": "pending",
    "requested": "pending", "resolved": "closed", "arrived": "received",
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """How a file writes its values.

    Attributes:
        date_format: see :class:`pipelines.mapping.model.Mapping`.
        timezone: zone of times that state none.
        local_timezone: the merchant's zone, for local dates.
        decimal_comma: see :class:`pipelines.mapping.model.Mapping`.
    """

    date_format: str | None
    timezone: str
    local_timezone: str
    decimal_comma: bool | None


def number_macro(decimal_comma: bool | None) -> str:
    """The statement that makes ``number(text)``, the one function that Keeprate adds for expressions."""
    return (
        "create or replace temp macro number(value) as "
        f"try_cast({plain_number('trim(value)', decimal_comma)} as decimal(18,4))"
    )


def plain_number(text: str, decimal_comma: bool | None) -> str:
    """SQL for a number's text with a decimal point and no separators."""
    if decimal_comma is None:
        return text
    point, thousands = (",", ".") if decimal_comma else (".", ",")
    pattern = rf"[+-]?([0-9]+|[0-9]{{1,3}}([{thousands}][0-9]{{3}})+)([{point}][0-9]+)?"
    plain = f"replace(replace({text}, '{thousands}', ''), '{point}', '.')"
    return f"case when regexp_full_match({text}, '{pattern}') then {plain} end"


def typed(text: str, column: Column, reading: Reading, *, is_written_by_us: bool = False) -> str:
    """SQL that turns a text into the column's type, NULL where it does not fit.

    Args:
        text: SQL of the text, blanks trimmed.
        column: the contract column.
        reading: how the file writes values.
        is_written_by_us: the text comes from a typed expression: decimal point, ISO dates.
    """
    comma = None if is_written_by_us else reading.decimal_comma
    kind = column.type
    if kind == "varchar":
        return _word(text, column) if column.values else text
    if kind == "bigint":
        number = f"try_cast({plain_number(text, comma)} as decimal(38,6))"
        return f"case when {number} = trunc({number}) then try_cast({number} as bigint) end"
    if kind.startswith("decimal"):
        return f"try_cast({plain_number(text, comma)} as {kind})"
    if kind == "boolean":
        return (
            f"case when lower({text}) in ('true', 't', 'yes', 'y', '1') then true "
            f"when lower({text}) in ('false', 'f', 'no', 'n', '0') then false end"
        )
    if kind == "json":
        return f"case when json_valid({text}) then cast({text} as json) end"
    if kind == "timestamp":
        return instant(text, reading)
    return f"coalesce({_date_of_offset(text, reading)}, cast({local_time(text, reading)} as date))"


def instant(text: str, reading: Reading) -> str:
    """SQL for the UTC timestamp of a text: by its own offset, else in the file's zone."""
    local = local_time(text, reading)
    if reading.timezone != "UTC":
        local = f"(({local}) at time zone {literal(reading.timezone)}) at time zone 'UTC'"
    return f"case when {_has_offset(text)} then {_from_offset(text)} else {local} end"


def local_date(timestamp: str, reading: Reading) -> str:
    """SQL for the merchant's local date of a UTC timestamp."""
    return f"cast((({timestamp}) at time zone 'UTC') at time zone {literal(reading.local_timezone)} as date)"


def local_time(text: str, reading: Reading) -> str:
    """SQL for the time that a text without an offset says; ISO 8601 is understood whatever the format."""
    iso = f"case when regexp_matches({text}, '{_ISO_DAY}') then try_cast({text} as timestamp) end"
    form = reading.date_format
    if form is None:
        return iso
    if "%" in form:
        return f"coalesce(try_strptime({text}, {literal(form)}), {iso})"
    dashed = f"regexp_replace({text}, '^([0-9]{{1,4}})[/. -]([0-9]{{1,2}})[/. -]([0-9]{{1,4}})', '\\1-\\2-\\3')"
    if form == "ymd":
        return iso.replace(text, dashed)
    first, second = _ORDERED[form]
    patterns = [f"{first}-{second}-{year}{clock}" for year in ("%y", "%Y") for clock in _CLOCKS]
    listed = ", ".join(literal(pattern) for pattern in patterns)
    return f"coalesce({iso}, try_strptime({dashed}, [{listed}]))"


def status_of(text: str, entity: str) -> str:
    """SQL for a status in one vocabulary: NULL without one, ``other`` where it is not known."""
    known, words = (ORDER_STATUSES, ORDER_WORDS) if entity == "orders" else (RETURN_STATUSES, RETURN_WORDS)
    folded = folded_word(text)
    listed = ", ".join(literal(word) for word in known)
    cases = " ".join(f"when {literal(key)} then {literal(value)}" for key, value in words.items())
    return (
        f"case when {text} is null then null when {folded} in ({listed}) then {folded} "
        f"else case {folded} {cases} else 'other' end end"
    )


def folded_word(text: str) -> str:
    """SQL for a word in lower case, everything but letters and digits as ``_``."""
    return f"trim(regexp_replace(lower({text}), '[^[:alnum:]]+', '_', 'g'), '_')"


def expected_of(column: Column, reading: Reading) -> str:
    """What a person is told should stand in a column that could not be read."""
    if column.values:
        return f"one of {', '.join(column.values)}"
    if column.type == "bigint":
        return "a whole number"
    if column.type.startswith("decimal"):
        return f"a number such as {'59,90' if reading.decimal_comma else '59.90'}"
    if column.type in ("date", "timestamp"):
        form = "as YYYY-MM-DD" if reading.date_format is None else f"in the order {reading.date_format}, or YYYY-MM-DD"
        return f"a {'day' if column.type == 'date' else 'time'} {form}"
    return {"boolean": "true or false", "json": "JSON"}.get(column.type, "text")


def remedy_of(column: Column) -> str:
    """What a person is told to do about it."""
    if column.values:
        return 'correct the value, or translate it in the mapping: values = { "..." = "..." }'
    if column.type in ("date", "timestamp"):
        return "correct the value, or state the order: --date-format dmy, or date_format in the mapping"
    if column.type.startswith("decimal"):
        return "correct the value, or state decimal_comma in the mapping"
    return "correct the value and load the file again"


def _word(text: str, column: Column) -> str:
    folded = folded_word(text)
    known = ", ".join(literal(word) for word in column.values)
    words = RETURN_WORDS if column.values == RETURN_STATUSES else {}
    cases = "".join(f" when {folded} = {literal(key)} then {literal(value)}" for key, value in words.items())
    return f"case when {folded} in ({known}) then {folded}{cases} end"


def _has_offset(text: str) -> str:
    return f"regexp_matches({text}, '{_OFFSET}')"


def _from_offset(text: str) -> str:
    # DuckDB reads +10:00, not ` +1000`.
    colon = f"regexp_replace({text}, ' ?([+-][0-9]{{2}}):?([0-9]{{2}})$', '\\1:\\2')"
    return f"(try_cast({colon} as timestamptz) at time zone 'UTC')"


def _date_of_offset(text: str, reading: Reading) -> str:
    return f"case when {_has_offset(text)} then {local_date(_from_offset(text), reading)} end"
