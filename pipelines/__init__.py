"""Orchestration and input/output: the Dagster code location, the warehouse, sources, reports, command line.

What people learn from the data (statistics, classifiers) belongs in ``models``; pictures in ``dashboards``.
"""
