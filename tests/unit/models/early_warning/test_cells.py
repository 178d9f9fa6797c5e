"""Dates to weeks, and bounds on what cannot be; not the watch itself."""

from datetime import date

import polars as pl

from models.early_warning import looks_until, weekly_cells

KEYS = {"product_id": "p1", "variant_id": "-", "category": "c", "supplier": "s"}


def _sold(*rows: tuple[date, int]) -> pl.DataFrame:
    return pl.DataFrame([{**KEYS, "start_date": day, "quantity": quantity} for day, quantity in rows])


def _returned(*rows: tuple[date, int, str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {**KEYS, "start_date": day, "lag_days": lag, "reason_class": reason, "quantity": quantity}
            for day, lag, reason, quantity in rows
        ]
    )


def test_days_become_weeks_of_sale_and_of_knowledge() -> None:
    sold = _sold((date(2024, 1, 3), 4), (date(2024, 1, 6), 1), (date(2024, 1, 9), 2))
    cells, back = weekly_cells(sold, _returned((date(2024, 1, 3), 5, "defective", 1)))
    assert cells["sold_week"].to_list() == [date(2024, 1, 1), date(2024, 1, 8)]
    assert cells["quantity"].to_list() == [5, 2]
    assert set(cells["first_sold_week"]) == {date(2024, 1, 1)}
    assert back["known_week"].to_list() == [date(2024, 1, 8)]
    assert back["first_sold_week"].to_list() == [date(2024, 1, 1)]


def test_no_more_comes_back_than_was_sold_and_what_is_known_first_counts() -> None:
    day = date(2024, 1, 3)
    back = weekly_cells(_sold((day, 3)), _returned((day, 20, "delivery", 5), (day, 1, "defective", 2)))[1]
    assert back.select("reason_class", "quantity").rows() == [("defective", 2), ("delivery", 1)]


def test_a_return_of_what_was_never_sold_is_left_out() -> None:
    back = weekly_cells(_sold((date(2024, 1, 3), 3)), _returned((date(2024, 2, 3), 1, "defective", 1)))[1]
    assert back.is_empty()


def test_looks_end_with_the_last_whole_week() -> None:
    assert looks_until(date(2024, 1, 14), 2) == [date(2024, 1, 1), date(2024, 1, 8)]
    assert looks_until(date(2024, 1, 13), 2) == [date(2023, 12, 25), date(2024, 1, 1)]
