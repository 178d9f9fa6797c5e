"""SQL expressions in mappings: parsed by DuckDB, walked node by node, written back from the tree.

Only what stands on a list passes: column names, constants, operators, casts, CASE and functions that compute
from their arguments alone. So an expression cannot read a table, a file, a setting, the clock or the
environment, whatever connection runs it. ``check_expression`` is the only door.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pipelines.errors import nearest
from pipelines.mapping.model import Expression, MappingError

_CLASSES = frozenset(
    (
        "BETWEEN",
        "CASE",
        "CAST",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "FUNCTION",
        "OPERATOR",
        "TYPE",
    )
)
_OPERATORS = frozenset(
    (
        "ARRAY_EXTRACT", "ARRAY_SLICE", "COMPARE_IN", "COMPARE_NOT_IN", "OPERATOR_COALESCE", "OPERATOR_IS_NOT_NULL",
        "OPERATOR_IS_NULL", "OPERATOR_NOT", "OPERATOR_TRY",
    )
)  # fmt: skip
_REASONS = {
    "SUBQUERY": "a query inside the expression",
    "WINDOW": "a window function (over ...)",
    "STAR": "a star",
    "LAMBDA": "a lambda",
    "PARAMETER": "a parameter",
    "POSITIONAL_REFERENCE": "a column by position",
}
AGGREGATES = frozenset(
    (
        "any_value", "arg_max", "arg_min", "avg", "bool_and", "bool_or", "count", "count_star", "first", "last", "max",
        "max_by", "mean", "median", "min", "min_by", "mode", "string_agg", "sum",
    )
)  # fmt: skip
_SYMBOLS = "+ - * / // % ^ ** || & | ~~ !~~ ~~* !~~* ~~~ << >> -> ->> @"
_FUNCTIONS = """
    abs ascii bit_length btrim ceil ceiling chr concat concat_ws contains date_add date_diff date_part
    date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear
    ends_with epoch epoch_ms even floor format greatest hour if ifnull ilike_escape instr isinf isnan isodow
    isoyear json_extract json_extract_string json_valid last_day lcase least left length levenshtein like_escape
    list_contains list_extract list_value ln log lower lpad ltrim make_date make_time make_timestamp md5 millisecond
    minute mod month monthname nfc_normalize not_ilike_escape not_like_escape nullif number position pow power prefix
    printf quarter regexp_extract regexp_full_match regexp_matches regexp_replace replace reverse right round rpad
    rtrim second sha256 sign split_part sqrt starts_with str_split strftime string_split strip_accents strlen strpos
    strptime substr substring suffix time_bucket timezone to_days to_hours to_minutes to_months to_seconds
    to_timestamp to_weeks to_years translate trim trunc try_strptime ucase unicode upper week weekday weekofyear year
"""
FUNCTIONS = frozenset(_SYMBOLS.split()) | frozenset(_FUNCTIONS.split())
"""What an expression may call besides :data:`AGGREGATES`; ``number`` is Keeprate's own."""


@dataclass
class _Found:
    columns: list[str] = field(default_factory=list)
    is_aggregate: bool = False


def check_expression(text: str, file_name: str, place: str, *, may_aggregate: bool = False) -> Expression:
    """Parse and check one expression.

    Args:
        text: SQL in DuckDB's dialect.
        file_name: the mapping file, for the message.
        place: table and key, for the message.
        may_aggregate: whether ``sum(...)`` and the like may stand in it.

    Raises:
        MappingError: it cannot be parsed, is more than one expression, or does what it may not.
    """
    tree, written = _parse(text)
    if "problem" in tree:
        raise MappingError(
            file_name,
            place,
            found=f"{_short(text)}: {tree['problem']}",
            expected="one expression in DuckDB SQL over the source's columns",
            remedy='mend it; a column name with blanks stands in double quotes: "Order ID"',
        )
    found = _Found()
    try:
        _walk(tree, found, may_aggregate)
    except ValueError as error:
        raise MappingError(
            file_name,
            place,
            found=f"{error} in {_short(text)}",
            expected="columns of the file, constants, operators, case and functions that compute from them alone",
            remedy="docs/reference/mapping.md lists the functions; prepare anything else before the file is loaded",
        ) from None
    return Expression(written, tuple(dict.fromkeys(found.columns)), found.is_aggregate)


@cache
def _parse(text: str) -> tuple[dict[str, Any], str]:
    import duckdb

    if not text.strip():
        return {"problem": "it is empty"}, ""
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        answer = _one(connection, "select json_serialize_sql($1)", f"select (\n{text}\n) as value")
        tree = json.loads(answer)
        if tree.get("error"):
            return {"problem": str(tree.get("error_message", "it cannot be parsed"))}, ""
        problem = _extra_parts(tree, json.loads(_one(connection, "select json_serialize_sql($1)", "select 1")))
        if problem:
            return {"problem": problem}, ""
        written = _one(connection, "select json_deserialize_sql($1)", answer)
    return tree["statements"][0]["node"]["select_list"][0], written.removeprefix("SELECT ").removesuffix(' AS "value"')


def tree_of(sql: str) -> dict[str, Any]:
    """The parsed tree of an expression that was checked."""
    return _parse(sql)[0]


def written_from(node: dict[str, Any]) -> str:
    """An expression's SQL, from its part of a parsed tree."""
    import duckdb

    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        tree = json.loads(_one(connection, "select json_serialize_sql($1)", "select 1"))
        tree["statements"][0]["node"]["select_list"] = [node]
        return _one(connection, "select json_deserialize_sql($1)", json.dumps(tree)).removeprefix("SELECT ")


def _one(connection: Any, statement: str, value: str) -> str:
    row = connection.execute(statement, [value]).fetchone()
    return str(row[0])


def _extra_parts(tree: dict[str, Any], plain: dict[str, Any]) -> str:
    """What stands beside the expression: everything but the select list must equal that of ``select 1``."""
    if len(tree["statements"]) != 1:
        return "more than one statement"
    node, bare = tree["statements"][0]["node"], plain["statements"][0]["node"]
    if len(node.get("select_list", [])) != 1:
        return "more than one expression"
    for part in {*node, *bare} - {"select_list"}:
        if node.get(part) != bare.get(part):
            return f"a whole query ({part.replace('_', ' ')})"
    return ""


def _walk(node: object, found: _Found, may_aggregate: bool) -> None:
    if isinstance(node, list):
        for item in node:
            _walk(item, found, may_aggregate)
    elif isinstance(node, dict):
        if "class" in node:
            _check_node(node, found, may_aggregate)
        for value in node.values():
            _walk(value, found, may_aggregate)


def _check_node(node: dict[str, Any], found: _Found, may_aggregate: bool) -> None:
    kind = node["class"]
    if kind not in _CLASSES:
        raise ValueError(_REASONS.get(kind, f"{kind.lower().replace('_', ' ')}"))
    if kind == "OPERATOR" and node["type"] not in _OPERATORS:
        raise ValueError(f"the operator {node['type'].lower()}")
    if kind == "COLUMN_REF":
        if len(node["column_names"]) != 1:
            raise ValueError(f"the name {'.'.join(node['column_names'])} (no table or schema stands before a column)")
        found.columns.append(node["column_names"][0])
    if kind in ("FUNCTION", "TYPE") and (node.get("schema") or node.get("catalog")):
        raise ValueError(f"a name with a schema ({node.get('schema')})")
    if kind == "FUNCTION":
        _check_function(node["function_name"].lower(), found, may_aggregate)


def _check_function(name: str, found: _Found, may_aggregate: bool) -> None:
    if name in AGGREGATES:
        if not may_aggregate:
            raise ValueError(f"the aggregate {name}() (it needs group_by_key = true and a column that is not the key)")
        found.is_aggregate = True
    elif name not in FUNCTIONS:
        raise ValueError(f"the function {name}(){nearest(name, sorted(FUNCTIONS | AGGREGATES))}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f"`{line[:77]}...`" if len(line) > 80 else f"`{line}`"
