"""The documents that ``keeprate backtest --json`` prints; docs/reference/json.md describes them key by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from models.backtest.alarms import AlarmReplay
    from models.backtest.cohorts import CohortReplay
    from models.backtest.units import UnitReplay
    from pipelines.backtests.rows import Loaded

JUDGED, NOT_ENOUGH = "judged", "not_enough_evidence"
NOT_RECONSTRUCTED = (
    "corrections of orders and returns (statuses, cancellations, edited lines) are taken as they stand today",
    "returns that were rejected or cancelled later never count, even before that was known",
    "parcels that came back undelivered never count, even before that was known",
    "categories, brands, suppliers, reasons and return windows are those known today",
    "start days estimated from order or shipping alone, and horizons, use medians of the whole history",
)
"""What of the state on an earlier day the rows do not tell."""
LATER_LINES = "later observed rate of order lines, with the sampling noise of those it rests on"
LATER_NOISE = "later observed rate, with the sampling noise of the units it rests on"


def head(loaded: Loaded) -> dict[str, object]:
    """What every backtest's document begins with."""
    history = loaded.history
    return {
        "merchant": loaded.merchant_id,
        "snapshot_version": loaded.snapshot_version,
        "first_order_date": loaded.first_order_date,
        "last_order_date": loaded.last_order_date,
        "returns_known_from": history.known_from,
        "returns_known_through": history.known_through,
        "line_count": len(history.lines),
        "returned_quantity": loaded.dated_quantity + loaded.undated_quantity,
        "undated_returned_quantity": loaded.undated_quantity,
        "label_lag_days": loaded.label_lag_days,
        "not_reconstructed": list(NOT_RECONSTRUCTED),
    }


def maturity_document(loaded: Loaded, replay: CohortReplay, by_lines: CohortReplay | None) -> dict[str, object]:
    """The document of ``keeprate backtest maturity``."""
    days = [{"as_of": day, "evidence": evidence} for day, evidence in replay.evidence.items()]
    is_judged = bool(replay.cohorts["is_judged"].any())
    return {
        **head(loaded),
        "status": JUDGED if is_judged else NOT_ENOUGH,
        "reason": "" if is_judged else "no cohort that was young on one of the days has ended yet",
        "target": LATER_NOISE,
        "as_of": days,
        "figures": replay.figures,
        "by_lines": None if by_lines is None else {"figures": by_lines.figures},
        "cohorts": replay.cohorts.to_dicts(),
    }


def product_risk_document(
    loaded: Loaded, replay: UnitReplay, cutoff: date, unit: str, *, lines_are_units: bool
) -> dict[str, object]:
    """The document of ``keeprate backtest product-risk``."""
    is_judged = bool(replay.figures)
    return {
        **head(loaded),
        "status": JUDGED if is_judged else NOT_ENOUGH,
        "reason": "" if is_judged else replay.evidence,
        "cutoff": cutoff,
        "unit": unit,
        "target": LATER_LINES,
        **replay.counts,
        **_unit_figures(replay),
        "by_units": None if lines_are_units or not is_judged else replay.by_units,
        "units": replay.units.to_dicts(),
    }


def _unit_figures(replay: UnitReplay) -> dict[str, object]:
    ranking = ("spearman", "spearman_95", "spearman_if_right", "pearson", "pearson_95", "worst_decile_found")
    noise = replay.noise
    return {
        **{name: replay.figures.get(name) for name in (*ranking, "bias", "mean_score", "mean_later_rate")},
        "rivals": replay.figures.get("rivals", {}),
        "coverage": replay.figures.get("coverage", []),
        "noise": {"cluster_factor": noise.cluster, "drift": noise.drift, "unit_count": noise.unit_count},
    }


def early_warning_document(loaded: Loaded, replay: AlarmReplay, seed: int) -> dict[str, object]:
    """The document of ``keeprate backtest early-warning``."""
    is_judged = replay.evidence == "enough"
    return {
        **head(loaded),
        "status": JUDGED if is_judged else NOT_ENOUGH,
        "reason": "" if is_judged else replay.evidence,
        "seed": seed,
        "nothing_happens": replay.nothing_happens,
        "planted": replay.planted,
        "planted_where_nothing_happens": replay.planted_where_nothing_happens,
        "weeks": replay.weeks.to_dicts(),
        "flags": replay.flags.to_dicts(),
    }


def without_evidence(merchant_id: str, reason: str) -> dict[str, object]:
    """A merchant of several of whom nothing can be judged."""
    return {"merchant": merchant_id, "status": NOT_ENOUGH, "reason": reason}


def all_keys(documents: Sequence[object]) -> set[str]:
    """Every key of documents, at any depth; those of free names (rules, weeks) among them."""
    keys: set[str] = set()
    for document in documents:
        if isinstance(document, dict):
            keys |= set(document) | all_keys(list(document.values()))
        elif isinstance(document, list | tuple):
            keys |= all_keys(document)
    return keys
