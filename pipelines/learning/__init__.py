"""Models that are learned from the warehouse: what each reads, what it writes to ``ml``, and when it is learned anew.

One module a model declares it; ``models`` holds the statistics and knows nothing of a warehouse. A model sees the rows
of one merchant at a time, and of other merchants at most a prior that they agreed to share. Most are learned anew from
all rows (``run``); one that reads texts looks at each once (``reading``).
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.learning.declaration import LearnedModel, ReadingModel
    from pipelines.tables import Table

_DECLARING = Path(__file__).resolve().parent / "declared"


@cache
def all_learned_models() -> dict[str, LearnedModel | ReadingModel]:
    """Every learned model by name, each after those whose tables it reads."""
    modules = sorted(path.stem for path in _DECLARING.glob("*.py") if path.stem != "__init__")
    waiting: list[LearnedModel | ReadingModel] = [
        import_module(f"pipelines.learning.declared.{name}").MODEL for name in modules
    ]
    ordered: dict[str, LearnedModel | ReadingModel] = {}
    while waiting:
        unmade = {table.full_name for model in waiting for table in model.tables}
        ready = [model for model in waiting if not unmade & set(model.dependencies)]
        if not ready:
            raise ValueError(f"models read each other in a circle: {', '.join(model.name for model in waiting)}")
        ordered |= {model.name: model for model in ready}
        waiting = [model for model in waiting if model not in ready]
    return ordered


def learned_tables() -> list[Table]:
    """Every table that a model writes, in the order in which they are learned."""
    return [table for model in all_learned_models().values() for table in model.tables]
