"""Masking as functions of a DuckDB connection, there for as long as a file is being kept.

``mask_text(text, personal, spared, marks)`` masks a text, ``name_marks(names)`` marks names, and
``judge_text(kind, text, shop)`` tells what a text is whoever it is about (``pipelines.masking.judging``). They are
taken away again, so that nothing personal outlives the load: what they remember is forgotten with them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipelines.masking.judging import judged_text
from pipelines.masking.marks import Marker
from pipelines.masking.text import masked_text

if TYPE_CHECKING:
    from collections.abc import Generator

    import duckdb

_NAMES = ("mask_text", "name_marks", "judge_text")


@contextmanager
def masking(connection: duckdb.DuckDBPyConnection, key: bytes) -> Generator[None]:
    """Lend the functions to a connection.

    Args:
        connection: the connection.
        key: the merchant's key, with which names are marked.
    """
    import pyarrow

    marker = Marker(key)

    # DuckDB evaluates annotations where pyarrow's name is unknown.
    def mask_text(texts: Any, personal: Any, spared: Any, marks: Any) -> Any:
        rows = zip(texts.to_pylist(), personal.to_pylist(), spared.to_pylist(), marks.to_pylist(), strict=True)
        masked = [
            None if text is None else masked_text(text, own, goods, marker.asker(known))
            for text, own, goods, known in rows
        ]
        return pyarrow.array(masked, pyarrow.string())

    def name_marks(names: Any) -> Any:
        return pyarrow.array(
            [None if name is None else marker.marks(name) for name in names.to_pylist()],
            pyarrow.list_(pyarrow.uint32()),
        )

    def judge_text(kinds: Any, texts: Any, shops: Any) -> Any:
        rows = zip(kinds.to_pylist(), texts.to_pylist(), shops.to_pylist(), strict=True)
        found = [judged_text(text, kind, shop or "") for kind, text, shop in rows]
        return pyarrow.array(
            [
                {
                    "masked": one.masked,
                    "is_of_record": one.is_of_record,
                    "words": one.words,
                    "marks": [marker.mark(name) for name in one.names],
                }
                for one in found
            ],
            judged,
        )

    strings = pyarrow.list_(pyarrow.string())
    judged = pyarrow.struct(
        [
            ("masked", pyarrow.string()),
            ("is_of_record", pyarrow.bool_()),
            ("words", strings),
            ("marks", pyarrow.list_(pyarrow.uint32())),
        ]
    )
    options: dict[str, Any] = {"type": "arrow", "null_handling": "special"}
    connection.create_function(
        "mask_text", mask_text, ["VARCHAR", "VARCHAR", "VARCHAR", "UINTEGER[]"], "VARCHAR", **options
    )
    connection.create_function(
        "judge_text",
        judge_text,
        ["VARCHAR", "VARCHAR", "VARCHAR"],
        "STRUCT(masked VARCHAR, is_of_record BOOLEAN, words VARCHAR[], marks UINTEGER[])",
        **options,
    )
    connection.create_function("name_marks", name_marks, ["VARCHAR"], "UINTEGER[]", **options)
    try:
        yield
    finally:
        for name in _NAMES:
            connection.remove_function(name)


def forget_texts() -> None:
    """Forget every text that was masked and every name that was split.

    Files of one command repeat each other's texts, so this is asked for when the last of them is loaded.
    """
    from pipelines.masking import text

    for remembering in (text.without_all, text._own_value, text._pieces, text._whole, text._code):
        remembering.cache_clear()
