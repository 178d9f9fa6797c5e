"""Backtests of a merchant's published rows: what Keeprate would have said on an earlier day, and how it fits.

Belongs here: reading order lines with their returns from the snapshot, refusing what cannot be wound back, and the
documents that ``keeprate backtest --json`` prints. Not here: winding back and judging (``models.backtest``).
"""
