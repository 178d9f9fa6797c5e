"""How Amazon's reports are written, the same for all of them.

Tab-separated text without quoting: a `"` (8" heel) is an ordinary character and every line break ends a record. Where
the seller's page gives out the same report as CSV, it has quotes. Empty fields at the end of a record may be missing,
and a blank may be written as one space. Amazon says UTF-8; files in Windows-1252 (Europe) and Shift_JIS (Japan: load
them with ``--encoding cp932``) are met as well.
"""

from __future__ import annotations

from pipelines.sources.base import TextForm

AMAZON_TEXT = TextForm(has_quotes=False, is_padded=True, is_blank_empty=True)
