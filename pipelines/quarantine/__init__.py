"""What was rejected, for people: shown, exported, mended by a corrections file, merged anew where that changed something.

How a record gets into quarantine belongs to ``pipelines.ingest``; what a corrections file looks like to
``pipelines.sources.corrections``.
"""
