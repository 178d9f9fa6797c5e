"""Reads the snapshot into a payload: which week, which merchant, and what may be said aloud.

The queries are in ``selects`` and the other ``*_selects``, the judgement of the data in ``trust``; nothing here is
computed from rows.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from pipelines.errors import UsageProblem, nearest
from pipelines.reports import change_sentences, ledger_selects, outcome_selects, risk_selects, selects
from pipelines.reports import payload as shapes
from pipelines.reports.weeks import IsoWeek

if TYPE_CHECKING:
    from pipelines.reports.change_payload import RateChange
    from pipelines.reports.published import Published

NEWEST_COLUMN = ("marts.early_warnings", "returned_line_count")
"""A snapshot without it was published by a version that said less, or counted otherwise."""


class OlderSnapshot(UsageProblem):
    """The snapshot in force was published before this version; a build brings what is missing."""


def merchants(snapshot: Published) -> tuple[shapes.Merchant, ...]:
    """Every published merchant, by name."""
    rows = snapshot.query(
        "select merchant_id, name, locale, timezone, currency_code from core.merchants order by name, merchant_id"
    ).to_dicts()
    return tuple(shapes.Merchant(**row) for row in rows)


def find_merchant(snapshot: Published, merchant_id: str) -> shapes.Merchant:
    """One published merchant.

    Raises:
        UsageProblem: nothing is published of it; the message lists who is.
    """
    known = {merchant.merchant_id: merchant for merchant in merchants(snapshot)}
    if merchant_id in known:
        return known[merchant_id]
    held = snapshot.manifest.get("held", {}).get(merchant_id)
    if held:
        raise UsageProblem(
            f"nothing of {merchant_id} was ever published: its files are held back since {held['since']}.\n"
            f"  found:    {held['reason']}\n"
            "  to do:    see quarantine.rows (keeprate query), correct the files, then keeprate build"
        )
    raise UsageProblem(
        f"no merchant {merchant_id!r} is published{nearest(merchant_id, list(known))}; "
        f"published: {', '.join(known) or 'none'}.\n"
        "  to do:    keeprate ingest FILE --merchant ID, then keeprate build"
    )


def report_weeks(snapshot: Published, merchant_id: str) -> list[IsoWeek]:
    """Weeks that the published tables can report on, newest first; empty where no order is published."""
    ends = snapshot.query(
        "select distinct period_end_date from marts.return_rate_overall"
        " where merchant_id = ? and period = 'last_4_weeks' and period_end_date is not null"
        " order by period_end_date desc",
        [merchant_id],
    )["period_end_date"].to_list()
    return [IsoWeek.containing(day) for day in ends]


def read_payload(snapshot: Published, merchant_id: str, week: str | None = None) -> shapes.Payload:
    """Everything that the report and the overview page say of one merchant and week.

    Args:
        snapshot: an open snapshot.
        merchant_id: whose.
        week: ISO week such as ``2026-W46``; None for the newest whole week.

    Raises:
        OlderSnapshot: published by an earlier version.
        UsageProblem: unknown merchant, no orders yet, or a week that the published tables do not describe.
    """
    merchant = find_merchant(snapshot, merchant_id)
    _require_newest(snapshot)
    chosen = _choose_week(report_weeks(snapshot, merchant_id), merchant_id, week)
    counts = selects.one(snapshot, selects.TRUST_BOX, [merchant_id])
    has_returns = bool(counts["has_returns_source"])
    trust = selects.trust(snapshot, merchant_id, counts)
    held = snapshot.manifest.get("held", {}).get(merchant_id)
    periods = selects.periods(snapshot, merchant_id, chosen) if has_returns else {}
    recent, before = periods.get("last_4_weeks"), periods.get("previous_4_weeks")
    changes = risk_selects.changes(snapshot, merchant_id, chosen) if has_returns else ()
    return shapes.Payload(
        software_version=version("keeprate"),
        snapshot_version=str(snapshot.manifest["version"]),
        published_at=str(snapshot.manifest["published_at"]),
        merchant=merchant,
        week=str(chosen),
        week_start_date=chosen.monday,
        week_end_date=chosen.sunday,
        headline=headline_of(recent) if has_returns else "no_returns",
        comparison=comparison_of(changes),
        recent=recent,
        before=before,
        quarter=periods.get("last_13_weeks"),
        whole=periods.get("all"),
        weeks=selects.weeks(snapshot, merchant_id, chosen) if has_returns else (),
        reasons=selects.reasons(snapshot, merchant_id, chosen) if has_returns else (),
        changes=changes,
        risk=risk_selects.risk(snapshot, merchant_id) if has_returns else None,
        warnings=risk_selects.warnings(snapshot, merchant_id) if has_returns else None,
        after_return=outcome_selects.after_return(snapshot, merchant_id, chosen),
        refunds=selects.refunds(snapshot, merchant_id, chosen),
        refunds_without_order_count=int(counts["refunds_without_order_count"] or 0),
        steps=ledger_selects.steps(snapshot, merchant_id, chosen, counts["returns_through_date"]),
        ledgers=ledger_selects.ledgers(snapshot, merchant_id, chosen),
        trust=trust if not held else trust.model_copy(update={"level": "red"}),
        held=shapes.Held(since=str(held["since"]), reason=str(held["reason"])) if held else None,
    )


def headline_of(recent: shapes.Rate | None) -> shapes.Headline:
    """Which headline the last four weeks allow."""
    if recent is not None and recent.is_sayable:
        return "rate"
    return "too_young" if recent is not None and recent.is_young and recent.shipped_quantity else "too_little"


def comparison_of(changes: tuple[RateChange, ...]) -> shapes.Comparison:
    """Better or worse only where the change of the last four weeks is real."""
    four_weeks = change_sentences.of_headline(changes)
    if four_weeks is None or four_weeks.said_verdict == "not_enough_evidence":
        return "incomparable"
    return change_sentences.direction(four_weeks)


def _require_newest(snapshot: Published) -> None:
    mart, column = NEWEST_COLUMN
    columns = snapshot.manifest.get("tables", {}).get(mart, {}).get("columns", [])
    if column not in [name for name, _ in columns]:
        raise OlderSnapshot(
            "the published tables are of an earlier version of Keeprate and lack what is shown now.\n"
            "  to do:    keeprate build"
        )


def _choose_week(available: list[IsoWeek], merchant_id: str, week: str | None) -> IsoWeek:
    if not available:
        raise UsageProblem(
            f"no order of {merchant_id} is published, so there is no week to report on.\n"
            "  to do:    keeprate ingest FILE --merchant ID, then keeprate build"
        )
    if week is None:
        return available[0]
    asked = IsoWeek.parse(week)
    if asked in available:
        return asked
    raise UsageProblem(
        f"the published tables of {merchant_id} do not describe {asked}: they describe "
        f"{', '.join(map(str, available[:5]))}.\n"
        f"  to do:    ask for {available[0]}; an earlier week can be had again only if its report was written then"
    )
