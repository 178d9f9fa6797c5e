"""Files that need no mapping: the header is a contract's own.

A header is recognised when it holds every required column of a contract and at least half of its names are
the contract's. When two contracts fit equally well the file is ambiguous: it is refused, never guessed.
"""

from __future__ import annotations

from pipelines.contracts import all_contracts, contract
from pipelines.contracts.base import Contract
from pipelines.errors import Refused, UsageProblem, nearest
from pipelines.mapping.model import MappedColumn, MappedEntity, Mapping
from pipelines.mapping.parse import missing_columns
from pipelines.sources.base import snake_case

_LEAST_SHARE = 0.5


def recognise(header: list[str]) -> list[str]:
    """The contracts that the header fits best: none, one, or more where it is ambiguous."""
    names = {snake_case(name) for name in header}
    scores: dict[str, int] = {}
    for entity, candidate in all_contracts().items():
        matched = names & _input_names(candidate)
        if not missing_columns(candidate, names) and len(matched) >= _LEAST_SHARE * len(names):
            scores[entity] = len(matched)
    best = max(scores.values(), default=0)
    return [entity for entity, score in scores.items() if score == best]


def direct_mapping(header: list[str], file_name: str, entity: str | None = None) -> Mapping:
    """The mapping of a file whose columns are named as the contract names them.

    Args:
        header: names as the file writes them.
        file_name: for messages.
        entity: the contract that the user states; None to recognise it.

    Raises:
        UsageProblem: the stated contract does not exist.
        Refused: the header fits no contract, or more than one equally well, or misses required columns.
    """
    entity = entity or _only(recognise(header), header, file_name)
    known = all_contracts()
    if entity not in known:
        raise UsageProblem(
            f"no contract {entity!r}{nearest(entity, list(known))}; there are {', '.join(known)}.\n"
            "  to do:    state one of them, for example --source generic:orders"
        )
    by_name = {snake_case(name): name for name in header}
    chosen = contract(entity)
    missing = missing_columns(chosen, set(by_name))
    if missing:
        raise Refused(
            file_name,
            found=f"a header without {', '.join(missing)}",
            expected=f"every required column of {entity}",
            remedy=f"keeprate template {entity} shows the columns; keeprate map {file_name} drafts a mapping",
        )
    columns = tuple(MappedColumn(name, columns=(by_name[name],)) for name in by_name if name in _input_names(chosen))
    return Mapping(file_name, "", (MappedEntity(entity, columns),), is_direct=True)


def _input_names(chosen: Contract) -> set[str]:
    return {column.name for column in chosen.input_columns} - {"attributes"}


def _only(found: list[str], header: list[str], file_name: str) -> str:
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused(
            file_name,
            found=f"a header that fits {' and '.join(found)} equally well",
            expected="the columns of one contract",
            remedy=f"state it: --source generic:{found[0]}",
        )
    raise Refused(
        file_name,
        found=f"a header that is no contract's: {', '.join(header[:8])}{', ...' if len(header) > 8 else ''}",
        expected=f"every required column of one of {', '.join(all_contracts())}",
        remedy=f"keeprate map {file_name} drafts a mapping file for it",
    )
