"""The room of checks: what must hold for incoming batches and published tables, run, and shown.

``expectations`` says what an expectation and a target are; ``suites`` derives expectations from contracts and
table headers; ``targets`` says which rows of which merchant they are held against; ``accounting`` recounts
every file's records; ``run`` leads great_expectations, in whose words ``translation`` puts an expectation and
whose answers ``reading`` makes verdicts; ``pages`` writes these as static pages. How a failed check holds a
merchant belongs to the build, how Dagster shows it in ``pipelines.assets.checks``.
"""
