"""A backtest in words: a short table with one sentence a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.cli.output.people import table

if TYPE_CHECKING:
    from collections.abc import Mapping

ALARM_FIGURES = (
    "flags over the history",
    "any flag where nothing happens",
    "planted doublings found",
    "weeks until found, in the middle",
    "false flags beside planted ones",
)


def maturity_lines(document: Mapping[str, Any]) -> list[str]:
    """What ``keeprate backtest maturity`` says to a person.

    Args:
        document: as ``--json`` prints it.
    """
    lines = _begin(document, "Projections of young order weeks against the rates in which they ended")
    if document["status"] != "judged":
        return lines
    rows = _age_rows(document["figures"])
    lines_once = document["by_lines"]
    header = ["age", "cohorts", "error", "bias", "uncorrected bias", "error / best rule", "in 80 %", "in 90 %"]
    return [
        *lines,
        *table(header, rows),
        *(
            ["", "Every order line counted once:", *table(header, _age_rows(lines_once["figures"]))]
            if lines_once
            else []
        ),
        "",
        "error: root mean square of projected less final rate, in points; bias: its mean.",
        "uncorrected bias: what the rate of returns known so far misses, in points.",
        "error / best rule: above 1, chain-ladder, Bornhuetter-Ferguson or the last ripe weeks did better.",
        "in 80 %, in 90 %: so many intervals held the cohort's own final observed rate.",
        *_not_told(document),
    ]


def _age_rows(figures: list[dict[str, Any]]) -> list[list[object]]:
    return [
        [
            f"{row['ages']} days" if row["ages"] != "all" else "all",
            row["cohort_count"],
            _points(row["rmse"]),
            _points(row["bias"]),
            _points(row["observed_bias"]),
            _number(row["rmse_ratio_to_best_rival"]),
            _percent(row["coverage_80"]),
            _percent(row["coverage_90"]),
        ]
        for row in figures
    ]


def product_risk_lines(document: Mapping[str, Any]) -> list[str]:
    """What ``keeprate backtest product-risk`` says to a person; as :func:`maturity_lines`."""
    lines = _begin(document, f"Scores of each {document['unit']} before {document['cutoff']} against what came after")
    if document["status"] != "judged":
        return lines
    rivals = document["rivals"]
    rules = [("score", document), ("uncorrected earlier rate", rivals["observed_rate_before"])]
    rules.append(("expected of its category", rivals["expected_rate"]))
    if document["by_units"]:
        rules.append(("score, against the rate of units", document["by_units"]))
        rules.append(("earlier rate of units, against it", document["by_units"]["rivals"]["observed_unit_rate_before"]))
    ranked = [
        [
            name,
            _number(rule["spearman"]),
            _number(rule.get("spearman_if_right")),
            _number(rule["pearson"]),
            _percent(rule["worst_decile_found"]),
        ]
        for name, rule in rules
    ]
    held = [
        [
            f"{row['level']:.0%}",
            row["group"],
            row["unit_count"],
            _percent(row["coverage"]),
            _percent(row["coverage_of_atoms"]),
        ]
        for row in document["coverage"]
        if row["unit_count"]
    ]
    return [
        *lines,
        f"{document['unit_count_judged']:,} of {document['unit_count_of_both']:,} have 30 lines before and 15 after.",
        "",
        *table(["ranked by", "spearman", "if right", "pearson", "worst decile found"], ranked),
        "",
        "Rates are of order lines. spearman, pearson: correlation with the later rate, 1 is best.",
        "if right: the Spearman that this ranking would have on average, were the scores and their intervals the truth;"
        " where many have no return at all, ties let plain rates rank better than the truth does.",
        "worst decile found: of the tenth that came back most, so much was in the tenth said to be worst.",
        f"mean said {_percent(document['mean_score'])}, mean later {_percent(document['mean_later_rate'])}.",
        "",
        *table(["interval", "units", "count", "held", "held, bounds in part"], held),
        "",
        "held: intervals of the later observed rate, sampling noise included, that held it; in the last column a count"
        " on a bound counts in part, because small counts come in steps.",
        *_not_told(document),
    ]


def early_warning_lines(document: Mapping[str, Any]) -> list[str]:
    """What ``keeprate backtest early-warning`` says to a person; as :func:`maturity_lines`."""
    lines = _begin(document, "Weekly looks for rising return rates, over the history and where the truth is known")
    if document["status"] != "judged":
        return lines
    rows = [list(row) for row in zip(ALARM_FIGURES, _alarm_column(document), strict=True)]
    return [
        *lines,
        *table(["figure", "found"], rows),
        "",
        "nothing happens: the merchant's returns dealt out anew within category and week; every flag is false.",
        "planted: SKUs of ten order lines a week or more return twice as often from a known week on.",
        *_not_told(document),
    ]


def _alarm_column(document: Mapping[str, Any]) -> list[str]:
    quiet, own, pure = (document[name] for name in ("nothing_happens", "planted", "planted_where_nothing_happens"))
    flags = f"{len(document['flags'])} in {len(document['weeks'])} weekly looks"
    if not quiet or not quiet["repetitions"]:
        return [flags, *["not tried"] * (len(ALARM_FIGURES) - 1)]
    chance, bound = _percent(quiet["chance_of_any_flag"]), _percent(quiet["upper_bound_95"])
    return [
        flags,
        f"{chance} of {quiet['repetitions']} (at most {bound})",
        f"{_percent(own['found_share'])} of {own['planted_count']}",
        _weeks(own),
        _percent(pure["mean_false_share"]),
    ]


def _begin(document: Mapping[str, Any], title: str) -> list[str]:
    lines = [f"{document['merchant']}: {title}", ""]
    if document["status"] != "judged":
        lines.append(f"not enough evidence: {document['reason']}")
    return lines


def _not_told(document: Mapping[str, Any]) -> list[str]:
    return ["", "Not wound back:", *(f"  {line}" for line in document["not_reconstructed"])]


def _weeks(figures: Mapping[str, Any]) -> str:
    if figures["median_delay_weeks"] is None:
        return "nothing planted" if not figures["planted_count"] else "more than half were not found"
    return f"{figures['median_delay_weeks']:g}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _points(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
