"""The Dash app: looks at the snapshot, says what the reports say, and lets a reader point at it.

May import ``pipelines.snapshot``, ``pipelines.reports`` and ``pipelines.errors``. Reading and wording belong in
``pipelines.reports``; here are pages, components and their look.
"""
