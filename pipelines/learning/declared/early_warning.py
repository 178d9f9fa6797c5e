"""Which SKUs, suppliers, lots and categories return more than they used to, with false alarms controlled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.contracts.base import Column
from pipelines.learning.declaration import LearnedModel, learned_table
from pipelines.learning.inputs import HISTORY, known_days

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars

KINDS = ("sku_reason", "supplier", "lot", "category")

INPUTS = HISTORY

_UNIT = (
    Column(
        "kind",
        "varchar",
        "What is watched: a SKU for a class of reason, a supplier, a lot (what a supplier first sold in one week), or a"
        " category.",
        values=KINDS,
    ),
    Column("unit_id", "varchar", "Its id: product and variant of a SKU; supplier and first-sold week of a lot."),
    Column("reason_class", "varchar", "Class of the stated reason, or `all`: for whatever reason."),
)

_WARNINGS = learned_table(
    "early_warnings",
    "What returns more than before, against what its like did in the same weeks. Flags: of all of them together at most"
    " one in ten is expected to be false, over 26 weekly looks and every unit watched. Watch list: the units nearest to"
    " it; it claims no error control. As of the last whole week that returns are known for.",
    grain="kind of unit x unit x class of reason",
    key=("kind", "unit_id", "reason_class"),
    columns=(
        *_UNIT,
        Column("product_id", "varchar", "Product of a SKU."),
        Column("variant_id", "varchar", "Variant of a SKU; `-` where none."),
        Column("category", "varchar", "Category, of a SKU or as the unit itself."),
        Column("supplier", "varchar", "Supplier, of a lot or as the unit itself."),
        Column("first_sold_week", "date", "Monday of the week in which a lot was first sold."),
        Column("list", "varchar", "`flag`, or `watch`: no error control.", values=("flag", "watch")),
        Column("rank", "bigint", "Place on its list, from 1."),
        Column("first_seen_week", "date", "Monday of the week at whose end it was first flagged; flags alone."),
        Column("since_week", "date", "Monday of the sales week since which it is likely to be so; flags alone."),
        Column("rate_multiplier", "double", "How many times its own rate before, against its like; flags alone."),
        Column("multiplier_lower_90", "double", "Lower end of the 90 % interval of that."),
        Column("multiplier_upper_90", "double", "Upper end of that interval."),
        Column("sold_line_count", "bigint", "Order lines sold since then; flags alone."),
        Column(
            "returned_line_count", "bigint", "Order lines asked back of those sold since then, or in the last 26 weeks."
        ),
        Column(
            "expected_line_count", "double", "Order lines to expect at its own rate before, or at that of its like."
        ),
        Column(
            "chance_of_false_alarm",
            "double",
            "Share of false ones expected among flags of its strength; empty on the watch list.",
        ),
        Column(
            "probability_above_limit",
            "double",
            "On the watch list: probability, by the last 26 weeks alone, that its rate is above 1.5 times that of its"
            " like.",
        ),
    ),
    model=INPUTS,
    asserts={
        "flags_are_dated": "list = 'watch' or first_seen_week is not null",
        "flags_tell_their_chance": "(list = 'flag') = (chance_of_false_alarm is not null)",
        "chances_are_shares": "chance_of_false_alarm between 0 and 1",
        "probability_is_a_share": "probability_above_limit between 0 and 1",
        "interval_is_one": "multiplier_lower_90 <= multiplier_upper_90",
    },
    not_null=("list", "rank"),
)

_WEEKS = learned_table(
    "early_warning_weeks",
    "The picture of every flag: by week of sale, what came back and what was to be expected.",
    grain="flag x week of sale",
    key=("kind", "unit_id", "reason_class", "sold_week"),
    columns=(
        *_UNIT,
        Column("sold_week", "date", "Monday of the week in which the order lines reached customers."),
        Column("sold_line_count", "bigint", "Order lines of that week."),
        Column("returned_line_count", "bigint", "Those of them of which anything was asked back so far."),
        Column("expected_line_count", "double", "Order lines to expect so far at its own rate before."),
        Column("expected_lower_90", "double", "Where 90 % of such counts lie: lower end."),
        Column("expected_upper_90", "double", "Upper end."),
    ),
    model=INPUTS,
    asserts={"interval_is_one": "expected_lower_90 <= expected_upper_90"},
)


def _learn(inputs: Mapping[str, polars.DataFrame], priors: Sequence[str]) -> dict[str, polars.DataFrame]:
    import polars as pl

    from models.early_warning import looks_until, watch, weekly_cells
    from models.lines import counted_in_lines

    cells = weekly_cells(counted_in_lines(inputs["sold"]), counted_in_lines(inputs["returned"]))
    found = watch(*cells, looks=looks_until(known_days(inputs).end))
    flags = found.flags.rename(
        {
            "size_multiplier": "rate_multiplier",
            "size_lower_90": "multiplier_lower_90",
            "size_upper_90": "multiplier_upper_90",
        }
    ).with_columns(list=pl.lit("flag"), rank=pl.int_range(1, pl.len() + 1))
    listed = found.watch_list.with_columns(list=pl.lit("watch"), rank=pl.int_range(1, pl.len() + 1))
    pictures = found.weeks.rename({"lower_90": "expected_lower_90", "upper_90": "expected_upper_90"})
    return {"early_warnings": pl.concat([flags, listed], how="diagonal_relaxed"), "early_warning_weeks": pictures}


MODEL = LearnedModel(
    name="early_warning",
    tables=(_WARNINGS, _WEEKS),
    inputs=INPUTS,
    learn=_learn,
    packages=("early_warning",),
)
