"""The order dates of a shipments export, held against those of the store's loaded orders.

The shipments export writes months by name, so its days are certain; an orders export may have been read with day and
month exchanged. Agreement becomes part of the file's evidence, a disagreement names the orders file that was misread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.errors import Refused
from pipelines.sources.base import Decision, snake_case
from pipelines.sources.date_evidence import LOADED_ORDERS, has_table
from pipelines.sources.date_format import IN_LINE_SHARE, OUT_OF_LINE_SHARE

if TYPE_CHECKING:
    from pipelines.ingest.landing import LandedFile

_OTHER = {"dmy": "mdy", "mdy": "dmy"}


def day_of(column: str) -> str:
    """SQL for a day such as ``Mar 16th 2026``; NULL where the text is none. Staging reads the same forms."""
    plain = rf"regexp_replace(trim({column}), '(\d)(st|nd|rd|th)\b,?', '\1', 'i')"
    return f"try_strptime({plain}, ['%b %d %Y', '%B %d %Y', '%Y-%m-%d'])::date"


def examine_shipment_dates(landed: LandedFile) -> Decision:
    """Say how the file's order dates agree with loaded orders.

    Returns:
        No format, because none is needed; the agreement as evidence; a warning for each orders file of which nearly
        all ambiguous dates agree only with day and month exchanged.

    Raises:
        Refused: the file has dates, and not one of them can be read.
    """
    present = {snake_case(name) for name in landed.header}
    columns = [name for name in ("date_shipped", "order_date") if name in present]
    _refuse_unreadable(landed, columns)
    if "order_date" not in columns or not has_table(landed, LOADED_ORDERS):
        return Decision("", "months are written by name; no order is loaded to compare with")
    rows = landed.connection.execute(
        f"""
        with parcels as (
            select distinct ltrim(trim(order_id), '0') as order_id, {day_of("order_date")} as ordered
            from {landed.table} where order_date is not null
        ),
        orders as (
            select
                file_id,
                order_id,
                placed_date,
                case when day(placed_date) <= 12 and day(placed_date) <> month(placed_date)
                    then make_date(year(placed_date), day(placed_date), month(placed_date))
                end as exchanged
            from {LOADED_ORDERS} where merchant_id = $1 and rejected_rule is null
        )
        select
            files.file_name,
            files.date_format,
            count(*),
            count(*) filter (where placed_date = ordered),
            count(*) filter (where exchanged is not null),
            count(*) filter (where exchanged is not null and placed_date = ordered),
            count(*) filter (where exchanged = ordered)
        from orders join parcels using (order_id) join raw.files as files using (file_id)
        where ordered is not null
        group by all order by min(files.file_sequence)
        """,
        [landed.merchant.merchant_id],
    ).fetchall()
    compared, agreeing = sum(row[2] for row in rows), sum(row[3] for row in rows)
    if not compared:
        return Decision("", "months are written by name; none of its orders is loaded to compare with")
    return Decision(
        "",
        f"months are written by name; ORDER DATE is the loaded order's day for {agreeing:,} of {compared:,} orders",
        tuple(_misread(*row) for row in rows if row[1] in _OTHER and _is_exchanged(*row[4:])),
    )


def _is_exchanged(ambiguous: int, agreeing: int, exchanged: int) -> bool:
    return 0 < ambiguous * IN_LINE_SHARE <= exchanged and agreeing <= OUT_OF_LINE_SHARE * ambiguous


def _misread(
    file_name: str, date_format: str, _compared: int, _agreeing: int, ambiguous: int, _in_line: int, exchanged: int
) -> str:
    right = _OTHER[date_format]
    return (
        f"orders file {file_name} was read as {date_format}, but ORDER DATE here agrees with {right} for {exchanged:,}"
        f" of {ambiguous:,} of its ambiguous dates: load {file_name} again with --date-format {right}, which replaces"
        " what came from it"
    )


def _refuse_unreadable(landed: LandedFile, columns: list[str]) -> None:
    cells = " union all ".join(
        f"select line_number, nullif(trim({column}), '') as cell, {day_of(column)} as day from {landed.table}"
        for column in columns
    )
    row = landed.connection.execute(
        f"select count(cell), count(day), min(line_number), min_by(cell, line_number) from ({cells})"
        " where cell is not null"
    ).fetchone()
    if row and row[0] and not row[1]:
        raise Refused(
            landed.file_name,
            line=row[2],
            column="DATE SHIPPED",
            found=f"{row[0]:,} dates, none of which has its month by name, such as {row[3]!r}",
            expected="dates such as Mar 16th 2026 (or 2026-03-16)",
            remedy="export with the built-in shipments template, which writes months by name",
        )
