"""What loaded parcels say about the order dates of an orders export: counts over a landed file, by SQL.

A shipments export may state the day of the order in words that nobody can misread; that is proof to the day. Every
other parcel tells only that its order was placed before it left. Read are the tables into which sources stage their
parcels, so that a file counts as soon as it is loaded, before any build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.sources.date_evidence import TOLERANCE_DAYS, Tally, ambiguous_orders

if TYPE_CHECKING:
    from pipelines.ingest.landing import LandedFile

LONGEST_DISPATCH_DAYS = 21
"""An order that left later than this tells nothing; it stays below the 27 days of the smallest swap."""
_COLUMNS = {
    "order_id": "varchar",
    "direction": "varchar",
    "ordered_date": "date",
    "shipped_date": "date",
    "rejected_rule": "varchar",
}


def tally_order_dates(landed: LandedFile) -> Tally:
    """Compare ambiguous order dates with the order dates that loaded parcels state.

    The same day, or one beside it: a carrier's file may go by another clock. A swap moves a date by 27 days or more.
    """
    return _tally(landed, "ordered_date", f"ordered_date - {{}} between -{TOLERANCE_DAYS} and {TOLERANCE_DAYS}")


def tally_dispatch(landed: LandedFile) -> Tally:
    """Compare ambiguous order dates with the days on which parcels of these orders left."""
    return _tally(landed, "shipped_date", f"shipped_date - {{}} between -{TOLERANCE_DAYS} and {LONGEST_DISPATCH_DAYS}")


def _tally(landed: LandedFile, day: str, fits: str) -> Tally:
    parcels = _parcels(landed)
    if not parcels:
        return Tally()
    row = landed.connection.execute(
        f"""
        with ambiguous as ({ambiguous_orders(landed)}),
        parcels as (
            select trim(order_id) as order_id, ordered_date, shipped_date from ({parcels})
            where merchant_id = $merchant_id
                and {day} is not null
                and rejected_rule is null
                and direction is distinct from 'reverse'
        ),
        compared as (
            select bool_or({fits.format("dmy")}) as is_dmy, bool_or({fits.format("mdy")}) as is_mdy
            from ambiguous join parcels using (order_id)
            group by order_id, dmy, mdy
        )
        select count(*), count(*), count(*) filter (where is_dmy), count(*) filter (where is_mdy)
        from compared
        """,
        {"merchant_id": landed.merchant.merchant_id},
    ).fetchone()
    return Tally(*row) if row else Tally()


def _parcels(landed: LandedFile) -> str:
    """SQL that unites the staged parcels of all sources; empty where nothing of the kind was loaded."""
    rows = landed.connection.execute(
        "select table_name, list(column_name) from information_schema.columns where table_schema = 'staging'"
        " and (table_name = 'shipments' or suffix(table_name, '__shipments')) group by table_name order by table_name"
    ).fetchall()
    # The view staging.shipments is as old as the last build; where a source staged parcels, its table has them all.
    staged = [row for row in rows if row[0] != "shipments"] or rows
    return " union all ".join(
        "select merchant_id, "
        + ", ".join(name if name in present else f"null::{kind} as {name}" for name, kind in _COLUMNS.items())
        + f" from staging.{table}"
        for table, present in staged
    )
