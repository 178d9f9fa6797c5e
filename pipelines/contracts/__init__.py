"""The entities that merchants supply, one module each; the registry is read from the folder.

To add an entity, add one module with a ``CONTRACT``; to add a column, add it to its module. Nothing else.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from pipelines.contracts.base import Contract

__all__ = ["Contract", "all_contracts", "contract"]


@cache
def all_contracts() -> dict[str, Contract]:
    """Every contract by entity name, in alphabetical order."""
    found = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        if module.name != "base":
            found[module.name] = importlib.import_module(f"{__name__}.{module.name}").CONTRACT
    return found


def contract(entity: str) -> Contract:
    """Return the contract of an entity, or raise KeyError that lists the known ones."""
    try:
        return all_contracts()[entity]
    except KeyError:
        raise KeyError(f"no contract {entity!r}; there are {', '.join(all_contracts())}") from None
