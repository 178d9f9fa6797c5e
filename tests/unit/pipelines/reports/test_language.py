"""Catalogues are whole, and numbers are written as their readers write them."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest

import dashboards
import pipelines.reports
from pipelines.contracts import all_contracts
from pipelines.reports.language import FALLBACK, Language, catalogue, catalogue_tags
from pipelines.reports.ledger_states import LEDGERS, STATES, state_of
from pipelines.reports.outcome_payload import OUTCOMES
from pipelines.reports.payload import INTERVAL_LEVEL
from pipelines.reports.selects import REASON_ORDER
from pipelines.reports.trust import RULES
from pipelines.sources import all_sources
from pipelines.sql_tables import SQL_FOLDER

FOLDERS = [Path(str(package.__file__)).parent for package in (pipelines.reports, dashboards)]
KEY = re.compile(r"[a-z]+\.[a-z_]*[a-z]")


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _said() -> tuple[set[str], set[str]]:
    """Keys that code and templates name, and beginnings of keys that they put together."""
    whole: set[str] = set()
    begun: set[str] = set()
    for path in (path for folder in FOLDERS for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begun.add(str(node.values[0].value))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
    for path in (path for folder in FOLDERS for path in folder.rglob("*.j2")):
        for text, follows in re.findall(r'\bt\("([a-z_.]+)"( ~)?', path.read_text(encoding="utf-8")):
            (begun if follows else whole).add(text)
    known_begun = {text for text in begun if re.match(r"[a-z]+\.", text)}
    return {text for text in whole if KEY.fullmatch(text)}, known_begun


@pytest.mark.parametrize("tag", [tag for tag in catalogue_tags() if tag != FALLBACK])
def test_every_catalogue_has_the_same_keys_and_places(tag: str) -> None:
    mine, reference = catalogue(tag), catalogue(FALLBACK)
    assert sorted(mine) == sorted(reference)
    different = {key for key in reference if _places(mine[key]) != _places(reference[key])}
    assert not different


def test_every_message_is_used() -> None:
    whole, begun = _said()
    unused = {key for key in catalogue(FALLBACK) if key not in whole and not key.startswith(tuple(begun))}
    assert not unused - {"language.name"}


def test_every_named_message_exists() -> None:
    whole, _ = _said()
    sections = {key.partition(".")[0] for key in catalogue(FALLBACK)}
    named = {key for key in whole if key.partition(".")[0] in sections}
    missing = named - set(catalogue(FALLBACK))
    assert not missing


def test_every_source_and_every_entity_has_its_words() -> None:
    keys = set(catalogue(FALLBACK))
    assert {f"source.{name}" for name in all_sources()} <= keys
    assert {f"entity.{name}" for name in all_contracts()} <= keys


def test_every_kind_of_the_ledgers_has_its_words_and_its_state() -> None:
    """Those of the tables: a new kind needs a name, and a decision whether it is for a person."""
    keys = set(catalogue(FALLBACK))
    for ledger, table in (("returns", "return_matches"), ("refunds", "refund_matches"), ("rto", "rto_matches")):
        kinds = _listed(table, "kind in \\(([^)]+)\\)") - {"told_twice"}
        assert kinds == {kind for by_ledger in STATES.values() for kind in by_ledger[ledger]}
        assert {f"kind.{ledger}_{kind}" for kind in kinds} <= keys


def test_every_leftover_for_a_person_has_advice_and_is_no_settled_kind() -> None:
    text = (SQL_FOLDER / "marts" / "ledger_leftovers.sql").read_text(encoding="utf-8")
    rows = re.findall(r"\(\s*'(\w+)',\s*'(\w+)',\s*(true|false),", text)
    assert len(rows) > 20
    for ledger, kind, is_for_a_person in rows:
        assert f"kind.{ledger}_{kind}" in catalogue(FALLBACK)
        assert (f"advice.{ledger}_{kind}" in catalogue(FALLBACK)) == (is_for_a_person == "true")
        if ledger in LEDGERS and kind != "unknown_words":
            assert (state_of(ledger, kind) == "left_over") == (is_for_a_person == "true")


def test_every_contradiction_and_every_leg_has_its_words() -> None:
    keys = set(catalogue(FALLBACK))
    text = (SQL_FOLDER / "marts" / "contradictions.sql").read_text(encoding="utf-8")
    kinds = set(re.findall(r"\(\s*'(\w+)',\s*'\w+',\s*'(?:error|warning|note)',", text))
    assert len(kinds) > 10
    assert {f"contradiction.{kind}" for kind in kinds} <= keys
    legs = re.findall(r"\('(\w+)', \d+\)", (SQL_FOLDER / "marts" / "lead_times.sql").read_text(encoding="utf-8"))
    assert len(legs) == 9
    assert {f"leg.{leg}" for leg in legs} <= keys


def _listed(table: str, pattern: str) -> set[str]:
    (names,) = re.findall(pattern, (SQL_FOLDER / "core" / f"{table}.sql").read_text(encoding="utf-8"))[:1]
    return set(re.findall(r"'(\w+)'", names))


def test_every_class_and_every_check_has_its_words() -> None:
    keys = set(catalogue(FALLBACK))
    assert {f"{part}.{name}" for part in ("reason", "who") for name in REASON_ORDER} <= keys
    assert {f"fact.{rule.fact_id}" for rule in RULES} <= keys


@pytest.mark.parametrize(
    ("locale", "tag"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("zh-Hant", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh_Hant_TW", "zh-Hant"),
        ("de", "en"),
        ("nonsense", "en"),
        ("", "en"),
    ],
)
def test_a_locale_finds_its_catalogue(locale: str, tag: str) -> None:
    assert Language(locale).tag == tag


def test_numbers_and_dates_are_written_as_the_locale_has_them() -> None:
    english, british, chinese = Language("en"), Language("en-GB"), Language("zh-Hant")
    day = date(2026, 11, 15)
    assert (english.percent(0.1416), english.number(12345)) == ("14.2%", "12,345")
    assert (english.long_date(day), british.long_date(day)) == ("November 15, 2026", "15 November 2026")
    assert chinese.long_date(day) == "2026年11月15日"
    assert chinese.money(Decimal("1234.5"), "TWD").replace("\u00a0", " ") == "TWD 1,234.50"
    assert english.moment(datetime(2026, 11, 22, 5, 10, tzinfo=UTC)).endswith("UTC")


def test_a_language_without_catalogue_is_not_mixed() -> None:
    assert Language("de").percent(0.1416) == "14.2%"


def test_what_is_not_all_is_not_rounded_to_all() -> None:
    language = Language("en")
    assert [language.whole_percent(share) for share in (0, 0.001, 0.5, 0.999, 1)] == ["0%", "1%", "50%", "99%", "100%"]


def test_the_level_of_the_intervals_is_that_of_the_marts() -> None:
    from pipelines.sql_tables import read_sql_table

    table = read_sql_table(SQL_FOLDER / "marts" / "return_rate_overall.sql")
    (lower,) = [column for column in table.columns if column.name == "projected_lower_90"]
    assert f"{INTERVAL_LEVEL * 100:.0f} %" in lower.description


def test_everything_that_is_learned_or_counted_in_words_has_its_words() -> None:
    """Verdicts, kinds of warnings and units, bases of curves, outcomes, definitions of others, and every step."""
    keys = set(catalogue(FALLBACK))
    assert {f"change.mark_{verdict}" for verdict in _values("rate_changes", "verdict") - {"real"}} <= keys
    assert {f"change.{verdict}" for verdict in _values("rate_changes", "verdict") - {"real"}} <= keys
    assert {f"warning.name_{kind}" for kind in _values("early_warnings", "kind")} <= keys
    assert {f"risk.kind_{kind}" for kind in _values("product_risk", "unit_kind") - {"product"}} <= keys
    assert {f"timing.basis_{basis}" for basis in ("own", "blended", "merchant", "shared", "assumed")} <= keys
    assert {f"outcome.{name}" for name in OUTCOMES} <= keys
    rates = (SQL_FOLDER / "marts" / "store_rates.sql").read_text(encoding="utf-8")
    (known,) = re.findall(r"assert definition_is_known: definition in \((.*)\)", rates)
    definitions = set(re.findall(r"'(\w+)'", known))
    assert len(definitions) == 6
    assert {f"systems.{name}" for name in definitions} <= keys
    (listed,) = re.findall(
        r"--   step varchar: (.*)", (SQL_FOLDER / "marts" / "store_rate_differences.sql").read_text()
    )
    steps = set(re.findall(r"`(\w+)`", listed)) - {"none"}
    assert len(steps) == 15
    assert {f"step.{name}" for name in steps} <= keys


def _values(table: str, column: str) -> set[str]:
    """What a learned column may hold, as it is declared."""
    from pipelines.learning import learned_tables

    (found,) = [one for one in learned_tables() if one.full_name == f"ml.{table}"]
    (values,) = [one.values for one in found.columns if one.name == column]
    assert values
    return set(values)


def test_points_have_a_sign_only_where_there_is_a_direction() -> None:
    language = Language("en")
    assert [language.points(value) for value in (0.0123, -0.056, -0.0004, 0.0)] == ["+1.2", "−5.6", "0.0", "0.0"]
