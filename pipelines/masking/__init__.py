"""Masking free text at the door: what is taken out of comments, remarks and messages before they reach a table.

``numbers`` and ``places`` are patterns, ``words`` decides which words may be names, ``text`` puts them together for one
text, ``functions`` lends that to DuckDB, ``marks`` lets a text of one file be held against the names of another.
What is masked of which column is declared by the sources; pseudonyms are made in ``pipelines.privacy``.
"""
