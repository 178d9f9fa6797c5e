"""Dagster assets: thin; each layer is one operation that steps through its tables, each table an asset.

One operation a layer, because a step of its own costs Dagster about 0.2 s on two cores and DuckDB already uses
both. The work is in ``pipelines.build``, ``pipelines.ingest``, ``sql/`` and ``models/``.
"""
