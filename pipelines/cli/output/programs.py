"""JSON on stdout, for programs: UTF-8, one document a call."""

from __future__ import annotations

import json
import math
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import click


def print_json(document: object) -> None:
    """Print a document; see ``plain`` for what becomes of values that JSON does not have."""
    click.echo(json.dumps(plain(document), ensure_ascii=False, indent=2, allow_nan=False))


def plain(value: object) -> object:
    """A value as JSON has it.

    Decimals are text, so that no cent is lost; times are ISO 8601, those of tables in UTC with a ``Z``; NaN and
    infinities are null; bytes are hexadecimal.
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str | int | None):
        return value
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat() + ("Z" if value.tzinfo is None else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal | Path):
        return str(value)
    return str(value)
