"""Counts of order lines beside those of units: what is evidence, and what is stock.

A customer decides by the line: five hundred mugs of one line come back together or stay. What models learn from is
therefore lines, wherever rows tell how many there are; quantities are units, for amounts and for what is shown.
"""

from __future__ import annotations

import polars as pl


def counted_in_lines(frame: pl.DataFrame) -> pl.DataFrame:
    """Let every order line count once, as ``quantity``.

    Args:
        frame: sold or returned ``quantity``, with ``line_count`` where the rows tell it.

    Returns:
        The frame with ``line_count`` as its quantity; unchanged where it has none, each unit then being a line.
    """
    return frame.with_columns(quantity="line_count") if "line_count" in frame.columns else frame
