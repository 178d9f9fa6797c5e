"""The order of day, month and year in a file's dates: proven, or the file is refused. Nothing is guessed.

The order of proof: what a person states (``--date-format``, or the source's setting), a part above 12, the
format of the newest file with the same merchant, source and header, the order dates that loaded shipments
state in words, order ids in line with dates that are loaded already, the days on which parcels left. A stated
format that the file itself contradicts is refused, and so is an inherited one that loaded orders or shipments
contradict. How the data are counted is in ``date_evidence`` and ``parcel_evidence``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pipelines.errors import Refused
from pipelines.sources.base import Decision
from pipelines.sources.date_evidence import Readings, Tally, count_readings, tally_ids
from pipelines.sources.parcel_evidence import tally_dispatch, tally_order_dates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipelines.ingest.landing import LandedFile

IN_LINE_SHARE = 0.95
"""Share of orders, 0-1, that a reading must fit: a few orders are backdated by hand."""
OUT_OF_LINE_SHARE = 0.5
"""Share of orders, 0-1, that the other reading may fit at most."""
ENOUGH_ORDERS = 3
"""Orders that prove a format when they are bounded on one side only; bounded on both sides, one proves it."""

_IN_WORDS = {"dmy": "day/month/year", "mdy": "month/day/year", "ymd": "year/month/day"}
_OTHER = {"dmy": "mdy", "mdy": "dmy"}
_HOW_TO_STATE = (
    "state it with --date-format dmy (or mdy, ymd), or as date_formats of the merchant in keeprate.toml; the export"
    " template's settings in the control panel show it"
)


def decide_date_format(landed: LandedFile, columns: Sequence[str], today: date | None = None) -> Decision | None:
    """Prove a file's date format.

    Args:
        landed: the landed file; its order ids and dates stand in ``order_id`` and ``order_date``.
        columns: raw columns that hold dates of the template's format, those absent from the file left out.
        today: no order is later than this; the day of the call (UTC) if None.

    Returns:
        The format and its proof; an empty value where every date reads the same both ways, so that nothing is
        proven and nothing can be inherited from the file; None for a file without dates.

    Raises:
        Refused: nothing proves a format, or proofs contradict each other.
    """
    readings = count_readings(landed, columns)
    if not readings.total:
        return None
    _refuse_unreadable(landed, readings)
    _refuse_mixture(landed, readings)
    today = today or datetime.now(UTC).date()
    if landed.date_format_option:
        return _beside_shipments(landed, _stated(landed, readings, landed.date_format_option, today))
    own = _own_proof(readings)
    if own:
        return _beside_shipments(landed, _beside_earlier(landed, own))
    if not readings.count("either"):
        return Decision(
            "", f"not needed: all {readings.total:,} dates are the same day in either order of day and month"
        )
    inherited = _inherited(landed, readings, today)
    if inherited:
        return _beside_shipments(landed, inherited)
    return (
        _by_tally(tally_order_dates(landed), _stated_by_shipments)
        or _by_tally(tally_ids(landed, today), _counted)
        or _by_tally(tally_dispatch(landed), _shipped)
        or _refuse_unproven(landed, readings)
    )


def proven_by(tally: Tally) -> str:
    """``dmy`` or ``mdy`` where (nearly) all orders fit that reading and the other clearly fails, else empty."""
    if not tally.between and tally.compared < ENOUGH_ORDERS:
        return ""
    return _favoured(tally)


def _favoured(tally: Tally) -> str:
    shares = {"dmy": tally.dmy, "mdy": tally.mdy}
    for value, other in _OTHER.items():
        fits = tally.compared and shares[value] >= IN_LINE_SHARE * tally.compared
        if fits and shares[other] <= OUT_OF_LINE_SHARE * tally.compared:
            return value
    return ""


def _refuse_unreadable(landed: LandedFile, readings: Readings) -> None:
    if readings.count("unreadable") == readings.total:
        raise Refused(
            landed.file_name,
            line=readings.lines["unreadable"],
            column=readings.column,
            found=f"{_dates(readings.total)}, none of which is made of day, month and four-digit year as numbers",
            expected="dates such as 31/12/2025, 12-31-2025 or 2025-12-31, with or without a time behind",
            remedy="choose a numeric date format in the export template and export again",
        )


def _refuse_mixture(landed: LandedFile, readings: Readings) -> None:
    kinds = [kind for kind in ("dmy", "mdy", "ymd") if readings.count(kind)]
    if readings.count("ymd") and readings.count("either") + readings.count("same"):
        kinds = [*kinds, "either" if readings.count("either") else "same"]
    if len(kinds) < 2:
        return
    names = {**_IN_WORDS, "either": "day and month before the year", "same": "day and month before the year"}
    where = ", ".join(
        f"{names[kind]} on line {readings.lines[kind]} ({_dates(readings.count(kind))})" for kind in kinds
    )
    raise Refused(
        landed.file_name,
        line=max(readings.lines[kind] for kind in kinds),
        column=readings.column,
        found=f"dates that contradict each other: {where}",
        expected="one order of day, month and year in the whole file",
        remedy="export the file anew with one template, or split it and load each part with --date-format dmy|mdy|ymd",
    )


def _stated(landed: LandedFile, readings: Readings, value: str, today: date) -> Decision:
    """The person's word, unless the file's own dates cannot be read so; ids that disagree are a warning."""
    others = {"dmy": ("mdy", "ymd"), "mdy": ("dmy", "ymd"), "ymd": ("dmy", "mdy", "either", "same")}[value]
    for kind in others:
        if readings.count(kind):
            raise Refused(
                landed.file_name,
                line=readings.lines[kind],
                column=readings.column,
                found=f"{_dates(readings.count(kind))} that cannot be {_IN_WORDS[value]}, which is stated",
                expected=f"dates that all read as {_IN_WORDS[value]}",
                remedy="correct --date-format or the merchant's setting, or export the file anew as"
                f" {_IN_WORDS[value]}",
            )
    decision = Decision(value, "stated (--date-format, or the merchant's setting)")
    if value in _OTHER and readings.count("either"):
        tally = tally_ids(landed, today)
        if _favoured(tally) == _OTHER[value]:
            return replace(decision, warnings=(f"{_counted(tally, _OTHER[value])}, but {value} is stated",))
    return decision


def _own_proof(readings: Readings) -> Decision | None:
    for kind, part in (("dmy", "first"), ("mdy", "second")):
        if readings.count(kind):
            return Decision(
                kind,
                f"the {part} part is above 12 in {readings.count(kind):,} of {readings.total:,} dates, the other never",
            )
    if readings.count("ymd"):
        return Decision("ymd", f"the year stands first in {readings.count('ymd'):,} of {readings.total:,} dates")
    return None


def _beside_earlier(landed: LandedFile, own: Decision) -> Decision:
    earlier = landed.earlier_date_format()
    if not earlier or earlier[0] == own.value:
        return own
    warning = (
        f"file {earlier[1]} has the same header and was read as {earlier[0]}: the template's date format changed in"
        " between; check the files whose format was inherited"
    )
    return replace(own, warnings=(warning,))


def _inherited(landed: LandedFile, readings: Readings, today: date) -> Decision | None:
    earlier = landed.earlier_date_format()
    if not earlier or earlier[0] not in _OTHER:
        return None
    value, file_name = earlier
    days, ids, parcels = tally_order_dates(landed), tally_ids(landed, today), tally_dispatch(landed)
    for tally, told in ((days, _stated_by_shipments), (ids, _counted), (parcels, _shipped)):
        what = told(tally, _OTHER[value])
        if _favoured(tally) == _OTHER[value]:
            raise Refused(
                landed.file_name,
                line=readings.lines["either"],
                column=readings.column,
                found=f"dates that can be read both ways; file {file_name} with the same header is {value}, but {what}",
                expected="one format that inherited proof and loaded data agree on",
                remedy=_HOW_TO_STATE,
            )
    agreeing = f"; {_counted(ids, value)}" if _favoured(ids) == value else ""
    return Decision(value, f"inherited from file {file_name}{agreeing}")


def _beside_shipments(landed: LandedFile, decision: Decision) -> Decision:
    """What the order dates of loaded shipments say of a format that was decided without them."""
    tally = tally_order_dates(landed) if decision.value in _OTHER else Tally()
    favoured = _favoured(tally)
    if favoured == decision.value:
        return replace(decision, evidence=f"{decision.evidence}; {_stated_by_shipments(tally, favoured)}")
    if favoured:
        warning = f"{_stated_by_shipments(tally, favoured)}, but the file is read as {decision.value}"
        return replace(decision, warnings=(*decision.warnings, warning))
    return decision


def _by_tally(tally: Tally, told: Callable[[Tally, str], str]) -> Decision | None:
    value = proven_by(tally)
    return Decision(value, told(tally, value)) if value else None


def _counts(tally: Tally, value: str) -> str:
    fitting = {"dmy": tally.dmy, "mdy": tally.mdy}
    other = _OTHER[value]
    return f"{fitting[value]:,} of {tally.compared:,} ambiguous orders as {value}, {fitting[other]:,} as {other}"


def _dates(count: int) -> str:
    return f"{count:,} date" if count == 1 else f"{count:,} dates"


def _counted(tally: Tally, value: str) -> str:
    return f"order ids are in line with loaded dates for {_counts(tally, value)}"


def _stated_by_shipments(tally: Tally, value: str) -> str:
    return f"the order dates that shipments state agree with {_counts(tally, value)}"


def _shipped(tally: Tally, value: str) -> str:
    return f"shipments agree with {_counts(tally, value)}"


def _refuse_unproven(landed: LandedFile, readings: Readings) -> Decision:
    raise Refused(
        landed.file_name,
        line=readings.lines["either"],
        column=readings.column,
        found=f"{_dates(readings.count('either'))} that can be read day-first and month-first alike, and no proof:"
        " no part above 12, no earlier file with this header, no order ids or shipments that tell",
        expected="a date format that is proven or stated",
        remedy=_HOW_TO_STATE,
    )
