"""The cost figures that a merchant may state for itself; without them nothing is priced.

Belongs here: their names, meanings and bounds. Not here: reading keeprate.toml (``settings``), or adding them up
(``sql/marts``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.errors import CannotRun, nearest


@dataclass(frozen=True)
class CostFigure:
    """One figure that ``[merchants.costs]`` may hold.

    Attributes:
        description: what is paid, for one returned unit.
        maximum: the largest figure that can be meant, or None.
    """

    description: str
    maximum: float | None = None


COSTS: dict[str, CostFigure] = {
    "return_shipping": CostFigure("What the way back of a returned unit costs the merchant, in its currency."),
    "outbound_shipping": CostFigure("What the way out had cost, where it is not charged to the customer who returns."),
    "handling": CostFigure("Receiving, inspecting and restocking a returned unit, in the merchant's currency."),
    "support": CostFigure("Answering the customer and paying the money back, a returned unit, in that currency."),
    "write_down_share": CostFigure("Share of the price of a returned unit that is lost when it is sold again.", 1),
}
"""By the name that stands in keeprate.toml."""


def judged_costs(costs: object, place: str, file_name: str) -> dict[str, float]:
    """The stated figures, each known and a number that can be meant.

    Args:
        costs: what stands under ``costs``.
        place: file and merchant, for the message.
        file_name: name of the file to correct.

    Raises:
        CannotRun: a name is not known, or a figure is no such number.
    """
    if not isinstance(costs, Mapping):
        raise CannotRun(
            f"{place}: costs is {costs!r}; expected a table [merchants.costs] of figures.\n"
            f"  to do:    write [merchants.costs] and below it lines such as return_shipping = 6.95, in {file_name}"
        )
    for name, value in costs.items():
        if name not in COSTS:
            hint = nearest(name, list(COSTS))
            raise CannotRun(
                f"{place}: no cost figure {name!r}{hint}; there are {', '.join(COSTS)}.\n"
                f"  to do:    correct or remove it in {file_name}"
            )
        most = COSTS[name].maximum
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        # Beyond these bounds is also what TOML calls inf and nan.
        if not is_number or not 0 <= value <= (1e9 if most is None else most):
            expected = "a number from 0 up" if most is None else f"a share from 0 to {most:g}"
            raise CannotRun(
                f"{place}: costs.{name} is {value!r}; expected {expected}.\n  to do:    correct it in {file_name}"
            )
    return {name: float(value) for name, value in costs.items()}
