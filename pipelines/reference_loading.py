"""Writing the tables that come with the software into the warehouse, where their content changed.

Before anything is staged, because staging may read them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pipelines.builds import built, enter_build
from pipelines.reference_tables import REFERENCE_TABLES
from pipelines.staleness import forget_readers, mark_changed_parts

if TYPE_CHECKING:
    from pipelines.warehouse import Warehouse


def load_reference_tables(warehouse: Warehouse) -> None:
    """Bring every reference table up to date."""
    known = built(warehouse)
    for reference in REFERENCE_TABLES.values():
        if known.get(reference.full_name) == reference.code_hash:
            continue
        declared = ", ".join(f"{column.name}::{column.type} as {column.name}" for column in reference.columns)
        with warehouse.transaction():
            warehouse.connection.register("reference_rows", reference.read().to_arrow())
            query = f"select {declared} from reference_rows"
            if warehouse.replace(reference, query, partial(mark_changed_parts, warehouse, reference)):
                forget_readers(warehouse, reference.full_name)
            warehouse.connection.unregister("reference_rows")
            enter_build(warehouse, reference.full_name, reference.code_hash)
