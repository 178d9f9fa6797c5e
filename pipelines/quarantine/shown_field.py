"""What quarantine keeps of a field that was rejected: masked, at most 500 characters, a date as it stands.

A mask takes a date's digits for a telephone number, and ``[number]`` tells nobody what is wrong with ``31/02/2026``.
What is a date in its form and nothing else, a time behind it or not, cannot be a number of a person.
"""

from __future__ import annotations

from pipelines.privacy import masked
from pipelines.sql_text import literal

LONGEST = 500
_DATE = r"\d{1,2}([-/.])\d{1,2}[-/.](\d{2}|\d{4})|(19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}"
_TIME = r"([ T]+\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)? ?([AaPp][Mm]|Z|[+-]\d{2}:?\d{2})?)?"


def shown_field(expression: str) -> str:
    """SQL of what is kept of a field."""
    is_date = f"regexp_full_match(trim({expression}), {literal(f'({_DATE}){_TIME}')})"
    return f"left(case when {is_date} then trim({expression}) else {masked(expression)} end, {LONGEST})"
