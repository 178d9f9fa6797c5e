"""Colours of reports and pages: one list, after Okabe and Ito, told apart without colour sight.

Only colours and which thing wears which; sizes and fonts are in the stylesheets.
"""

from __future__ import annotations

INK = "#1b2733"
QUIET = "#5b6770"
LINE = "#d9dfe4"
PAPER = "#ffffff"
ARRIVED = "#0072b2"
EXPECTED = "#56b4e9"
UNKNOWN = "#98a3ab"
SHOP_LINE = "#d55e00"
LEFT_OVER = "#d55e00"
MONTHS = (ARRIVED, EXPECTED, "#a6d5f2")
"""Newest month first."""

# The four classes that somebody can act on share one strong colour: the label beside the bar names the class.
REASONS = {
    "defective": ARRIVED,
    "not_as_described": ARRIVED,
    "poor_quality": ARRIVED,
    "delivery": ARRIVED,
    "changed_mind": EXPECTED,
    "unclear": UNKNOWN,
    "unmapped": UNKNOWN,
}
