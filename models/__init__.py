"""Learning and statistics: Polars and NumPy in, Polars out; no Dagster, no DuckDB, no network."""
