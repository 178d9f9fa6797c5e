"""What was rejected, for people: shown, exported, mended by a corrections file, and merged anew where that changed it.

How a record gets into quarantine belongs to ``pipelines.ingest``; what a corrections file looks like to
``pipelines.sources.corrections``.
"""
