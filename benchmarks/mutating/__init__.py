"""Files that are spoiled on purpose, and the judgement on what ingest made of them; run by ``benchmarks.mutated``.

``samples`` holds whole files of every source, ``mutations`` spoils them by a seeded generator with what stands in
``oddities``, ``recount`` tells independently of the loader what stands in a file, ``judgement`` holds the ledger
against it, ``round`` leads the files of one home through ingest.
"""
