"""The page on what a merchant may supply: every entity, its columns, which are needed, what they mean."""

from __future__ import annotations

from pipelines.contracts import Contract, all_contracts
from pipelines.contracts.base import ATTRIBUTES, Column
from pipelines.dictionary.markdown import bullets, code, codes, link, page, table

_INTRODUCTION = (
    "What a merchant may supply, by entity. A CSV or Parquet file with these column names is read as it is; any"
    " other is read through a mapping (`keeprate map FILE` drafts one). `keeprate template ENTITY` writes a CSV to"
    " fill in. Columns that no contract knows are kept as attributes. Every row belongs to the merchant that the"
    " file is loaded for."
)

_PRIVACY = {
    "plain": "as it is",
    "identity": "as a keyed pseudonym; the value itself is never stored",
    "free_text": "as text, e-mail addresses, links and long numbers masked",
}


def contracts_page() -> str:
    """The text of ``docs/reference/contracts.md``."""
    contracts = all_contracts()
    contents = table(
        ("entity", "a row is", "needed columns"),
        [
            (
                link(name),
                contract.description,
                codes(column.name for column in contract.input_columns if column.is_required),
            )
            for name, contract in contracts.items()
        ],
    )
    return page("Contracts", _INTRODUCTION, [contents, *(_section(contract) for contract in contracts.values())])


def _section(contract: Contract) -> str:
    facts = bullets(
        (
            ("key", f"{codes(contract.key)} within a merchant"),
            ("replaced together", f"all rows of one {codes(contract.parent)}" if contract.parent else ""),
            ("kept", "every version, in `core." + contract.entity + "_history`" if contract.has_history else ""),
            ("table", code(f"core.{contract.entity}")),
        )
    )
    parts = [f"## {contract.entity}", contract.description, facts]
    supplied = [column for column in contract.input_columns if column.name != ATTRIBUTES.name]
    parts.append(
        table(
            ("column", "type", "needed", "meaning", "stored", "examples"),
            [
                (
                    code(column.name),
                    column.type,
                    "yes" if column.is_required else "",
                    _meaning(column),
                    _PRIVACY[column.privacy],
                    codes(example for example in column.examples if example),
                )
                for column in supplied
            ],
        )
    )
    derived = [column for column in contract.columns if not column.is_input]
    if derived:
        parts += [
            "Keeprate derives:",
            table(
                ("column", "type", "meaning"),
                [(code(column.name), column.type, _meaning(column)) for column in derived],
            ),
        ]
    if contract.checks:
        parts += [
            "A row that breaks one of these is kept and listed:",
            table(("rule", "what should hold"), [(code(name), code(rule)) for name, rule in contract.checks.items()]),
        ]
    return "\n\n".join(parts)


def _meaning(column: Column) -> str:
    words = [column.description]
    if column.values:
        words.append(f"One of {codes(column.values)}.")
    if column.minimum is not None:
        words.append(f"At least {column.minimum:g}.")
    if column.maximum is not None:
        words.append(f"At most {column.maximum:g}.")
    return " ".join(words)
