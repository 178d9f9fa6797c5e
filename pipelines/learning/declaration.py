"""What a model of the warehouse is: the queries that it reads, the tables that it writes, the function between them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipelines.contracts.base import MERCHANT, Column
from pipelines.sql_tables import tables_named_in
from pipelines.stated_tables import MERCHANT_SETTINGS
from pipelines.tables import Check, Table

if TYPE_CHECKING:
    import polars

    Frames = Mapping[str, polars.DataFrame]

_ROOT = Path(__file__).resolve().parents[2]
_LIBRARIES = ("numpy", "polars", "scipy", "scikit-learn")
_SHARED_CODE = ("pipelines/learning/inputs.py", "pipelines/learning/unit_costs.py", "models/lines.py")
"""What declared models call beside their packages."""


@dataclass(frozen=True)
class Model:
    """What every model says of itself.

    Attributes:
        name: of the model, as its module in ``pipelines.learning.declared``.
        tables: what it writes; the first column of each is ``merchant_id``.
        inputs: queries by name, of which a model sees the rows of one merchant; the first column of each is
            ``merchant_id``, which it does not see.
        packages: folders of ``models`` whose code makes the result.
    """

    name: str
    tables: tuple[Table, ...]
    inputs: Mapping[str, str]
    packages: tuple[str, ...]

    @property
    def entry(self) -> str:
        """Name under which the model's code stands in ``meta.builds``."""
        return f"learned.{self.name}"

    @cached_property
    def dependencies(self) -> tuple[str, ...]:
        """``schema.table`` names that its inputs read."""
        return tuple(sorted({name for query in self.inputs.values() for name in tables_named_in(query)}))

    @cached_property
    def code_hash(self) -> str:
        """Changes with the declaration, the model's code, and the libraries that compute for it."""
        declared = f"pipelines/learning/declared/{self.name}.py"
        files = [_ROOT / name for name in (declared, *_SHARED_CODE)]
        for package in self.packages:
            folder = _ROOT / "models" / package
            files += sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        digest = hashlib.sha256("".join(f"{name}={version(name)} " for name in _LIBRARIES).encode())
        for path in files:
            digest.update(b"\0" + path.read_bytes())
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class LearnedModel(Model):
    """A model that is learned for each merchant by itself; a merchant is learned where the first input has rows of it.

    Attributes:
        learn: from the inputs of one merchant, and the priors of others that it may see, to rows by table name, without
            ``merchant_id``; columns that the table does not declare are left out.
        prior: from the inputs of one merchant to what others may borrow, as text, or None where the model shares
            nothing. No row and no id of the merchant may stand in it.
        kept: queries by name over the model's own tables: what it had said before and must outlive what it was learned
            from. ``learn`` finds their rows beside its inputs; they make nothing stale.
    """

    learn: Callable[[Frames, Sequence[str]], Frames]
    prior: Callable[[Frames], str] | None = None
    kept: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def dependencies(self) -> tuple[str, ...]:
        """``schema.table`` names that its inputs read; who shares is read by every model that lends."""
        return tuple(sorted({*super().dependencies, *((MERCHANT_SETTINGS.full_name,) if self.prior else ())}))


class Reader(Protocol):
    """What a reading model reads items with.

    Attributes:
        version: of the reader: what another version read is read again.
    """

    version: str

    def read(self, items: polars.DataFrame) -> polars.DataFrame:
        """One row an item, in their order, with every column of the table but merchant, key and version."""
        ...


@dataclass(frozen=True)
class ReadingModel(Model):
    """A model that looks at each item of a merchant once, and again only where its version changed.

    What an item is read to be hangs on the item and the version alone. Its one table has the columns ``merchant_id``,
    the key of the items, ``model_version``, and what was read.

    Attributes:
        items: query for ``merchant_id``, the key and what is read; a key may stand there many times.
        reader: from the inputs of one merchant to what reads its items.
    """

    items: str
    reader: Callable[[Frames], Reader]

    @cached_property
    def dependencies(self) -> tuple[str, ...]:
        """``schema.table`` names that its items and inputs read."""
        return tuple(sorted({*super().dependencies, *tables_named_in(self.items)}))


def learned_table(
    name: str,
    description: str,
    *,
    grain: str,
    key: Sequence[str],
    columns: Sequence[Column],
    model: Mapping[str, str],
    asserts: Mapping[str, str] | None = None,
    not_null: Sequence[str] = (),
    month: str | None = None,
    is_published: bool = True,
) -> Table:
    """Declare a table of ``ml``.

    Args:
        name: without its schema.
        description: what it is for.
        grain: what one row is, for one merchant.
        key: columns that name a row, ``merchant_id`` left out.
        columns: every column in order, ``merchant_id`` left out.
        model: the inputs of the model that writes it, from which its dependencies come.
        asserts: conditions that every row must meet, as SQL by name.
        not_null: columns that are never empty, besides the key.
        month: date column whose month cuts the published table into parts, where it has very many rows.
        is_published: whether readers of the snapshot see it.
    """
    whole_key = ("merchant_id", *key)
    checks = [
        *(Check("not_null", f"not_null_{column}", (column,)) for column in (*key, *not_null)),
        Check("unique", f"unique_{'_'.join(whole_key)}", whole_key),
        *(Check("assert", check, expression=condition) for check, condition in (asserts or {}).items()),
    ]
    return Table(
        schema="ml",
        name=name,
        description=description,
        grain=f"merchant x {grain}",
        key=whole_key,
        columns=(MERCHANT, *columns),
        dependencies=tuple(sorted({read for query in model.values() for read in tables_named_in(query)})),
        checks=tuple(checks),
        month=month,
        is_published=is_published,
    )


def no_rows(table: Table) -> polars.DataFrame:
    """An empty frame with the columns that a model has to give for a table."""
    import polars as pl

    return pl.DataFrame(schema={column.name: pl.Null for column in table.columns[1:]})
