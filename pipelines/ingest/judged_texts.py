"""Each distinct text of a landed file is judged once; only where one may speak of a person the records are looked at.

Masking a text against its record costs some microseconds in Python, and exports repeat their texts: zones, carriers,
reasons, remarks. What a mask makes of a text whoever it is about is found once a text. A text is *open* where that
depends on the record: goods or codes of it are spared, or one of the text's words stands among the names and streets
of any record of the file, or among the marked names of any order. Only for rows with an open text is the mask asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipelines.ledger import ORDER_NAMES
from pipelines.sql_text import identifiers, literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.ingest.landing import LandedFile

_TABLE = "judged_texts"

_REPEATED = 4
"""Times that a text stands in a file on average, from which on judging it by itself pays."""


@dataclass(frozen=True)
class JudgedTexts:
    """What was found out about the columns of a landed file whose texts are masked.

    Attributes:
        aliases: by column in which some text is changed or open, the name of its join.
        kinds: by column that was judged, its kind.
    """

    aliases: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    def value(self, column: str, asked: str) -> str:
        """SQL of a column's masked text.

        Args:
            column: name of the column in ``landing``.
            asked: SQL that asks the mask for this record.
        """
        quoted = f"landing.{identifiers([column])}"
        if column not in self.kinds:
            return asked
        if column not in self.aliases:
            return quoted
        told = self.aliases[column]
        return (
            f"case when {told}.judged_text is null then {quoted} when {told}.judged_open then {asked}"
            f" else {told}.judged_masked end"
        )

    @property
    def joins(self) -> str:
        """SQL to join behind ``landing``."""
        return "".join(
            f" left join (select text as judged_text, masked as judged_masked,"
            f" is_open as judged_open from {_TABLE} where kind = {literal(self.kinds[column])})"
            f" as {alias} on {alias}.judged_text = landing.{identifiers([column])}"
            for column, alias in self.aliases.items()
        )


def judge_texts(
    landed: LandedFile, kinds: Mapping[str, str], personal: Sequence[str], shop: str, *, is_held_against_orders: bool
) -> JudgedTexts:
    """Judge the texts of a landed file.

    It calls ``judge_text`` of ``pipelines.masking.functions``, and leaves a temporary table that goes with the landing.

    Args:
        landed: the file, whose rows stand in ``landing``.
        kinds: columns to judge, with what their mask looks at: ``free`` (goods, names of orders), ``reason`` (the
            record's own names alone) or ``place``; behind these ``_coded`` where the mask spares codes of the record.
        personal: columns that state the record's names and streets.
        shop: SQL of the merchant's own name.
        is_held_against_orders: whether marks of names stand for the orders that the file names.
    """
    connection = landed.connection
    kinds = _that_repeat(landed, kinds)
    if not kinds:
        return JudgedTexts()
    told = " union all ".join(
        f"select distinct {literal(name)} as column_name, {literal(kind)} as kind, {identifiers([name])} as text"
        f" from landing where {identifiers([name])} is not null"
        for name, kind in kinds.items()
    )
    connection.execute(f"create or replace temp table told_texts as {told}")
    connection.execute(
        "create or replace temp table found_texts as select kind, text, judge_text(kind, text, "
        f"{shop}) as found from (select distinct kind, text from told_texts)"
    )
    connection.execute(
        "create or replace temp table text_words as select kind, text, unnest(found.words) as word from found_texts"
        " where not starts_with(kind, 'place')"
    )
    met = [_met_in_record(landed, personal)] if personal else []
    if is_held_against_orders:
        met.append(
            "select kind, text from (select kind, text, unnest(found.marks) as mark from found_texts"
            " where not starts_with(kind, 'reason')) where mark in (select unnest(marks) from "
            f"{ORDER_NAMES.full_name} where merchant_id = {literal(landed.merchant.merchant_id)})"
        )
    connection.execute(
        "create or replace temp table met_texts as "
        + (" union ".join(met) or "select kind, text from told_texts limit 0")
    )
    connection.execute(
        f"create or replace temp table {_TABLE} as select kind, text, found.masked as masked,"
        " found.is_of_record or (kind, text) in (select (kind, text) from met_texts) as is_open"
        " from found_texts where found.masked <> text or found.is_of_record"
        " or (kind, text) in (select (kind, text) from met_texts)"
    )
    touched = connection.execute(
        f"select distinct column_name from told_texts semi join {_TABLE} using (kind, text) order by 1"
    ).fetchall()
    for name in ("told_texts", "found_texts", "text_words", "met_texts"):
        connection.execute(f"drop table {name}")
    return JudgedTexts({name: f"judged_{number}" for number, (name,) in enumerate(touched)}, dict(kinds))


def _that_repeat(landed: LandedFile, kinds: Mapping[str, str]) -> dict[str, str]:
    """Columns whose texts repeat: where nearly every record has a text of its own, judging them first is lost time."""
    if not kinds:
        return {}
    counts = ", ".join(f"approx_count_distinct({identifiers([name])}), count({identifiers([name])})" for name in kinds)
    ((*told,),) = landed.connection.execute(f"select {counts} from landing").fetchall()
    pairs = zip(kinds, told[::2], told[1::2], strict=True)
    return {name: kinds[name] for name, distinct, count in pairs if distinct * _REPEATED <= count}


def _met_in_record(landed: LandedFile, personal: Sequence[str]) -> str:
    """SQL for texts of which a word, or two words in a row, stand among the names and streets of any record.

    Of a street only words count that no dictionary has: ``Road`` is nobody's name.
    """
    ((count,),) = landed.connection.execute("select count(*) from text_words").fetchall()
    if not count:
        return "select kind, text from told_texts limit 0"
    values = " union ".join(f"select {identifiers([name])} as told from landing" for name in personal)
    return f"""
        select kind, text from text_words where word in (
            select unnest(list_concat(
                case
                    when regexp_matches(told, '[0-9]')
                        then list_transform(regexp_extract_all(lower(told), '\\pL+'), lambda word: '~' || word)
                    else regexp_extract_all(lower(told), '\\pL+')
                end,
                list_filter(
                    regexp_extract_all(lower(told), '[\\pL\\pN]+'),
                    lambda word: length(word) > 3 and regexp_matches(word, '[0-9]')
                ),
                [array_to_string(regexp_extract_all(lower(told), '[\\pL\\pN]+')[1:2], ' ')],
                flatten(list_transform(
                    regexp_extract_all(told, '[\\x{{3400}}-\\x{{9fff}}]{{2,}}'),
                    lambda run: case when length(run) > 4 then [run[1:4]] else [run, run[-2:]] end
                ))
            )) from (select distinct told from ({values}) where told is not null)
        )
    """
