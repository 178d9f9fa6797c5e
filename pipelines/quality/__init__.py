"""The room of checks: what must hold for incoming batches and published tables, run, and shown.

``expectations`` says what an expectation and a target are; ``suites`` derives expectations from contracts and
table headers; ``targets`` says which rows of which merchant they are held against; ``accounting`` recounts
every file's records; ``run`` is the only module of Keeprate that imports great_expectations; ``pages`` writes
what it said as static pages. How a failed check holds a merchant belongs to the build, how Dagster shows it in
``pipelines.assets.checks``.
"""
