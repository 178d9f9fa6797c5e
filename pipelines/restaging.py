"""Staging files anew from ``raw``: where the code that stages them changed, or their merchant's zone or currency."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pipelines.builds import (
    BEING_STAGED,
    built,
    enter_build,
    forget_builds,
    merchant_code,
    merchant_name,
    staging_name,
)
from pipelines.contracts import all_contracts
from pipelines.ingest import staging
from pipelines.memory import atomically
from pipelines.retention import ENTRY, expire_words, retention_code
from pipelines.sources import all_sources
from pipelines.sql_text import literals

if TYPE_CHECKING:
    from pipelines.sources import Source
    from pipelines.warehouse import Warehouse


def restage(warehouse: Warehouse, *, is_full: bool = False) -> list[str]:
    """Stage the files that ask for it, or all; what was staged anew is merged anew, whole.

    Returns:
        Names of the sources of which files were staged anew.
    """
    stale = {name for name, code in wanted_codes(warehouse).items() if built(warehouse).get(name) != code}
    moved = _moved_merchants(warehouse)
    done = []
    for source in all_sources().values():
        files = _files(warehouse, source, None if is_full or staging_name(source.name) in stale else moved)
        if files:
            if is_full or staging_name(source.name) in stale:
                # Entered so, a source is staged anew next time, should this run be killed.
                with warehouse.transaction():
                    enter_build(warehouse, staging_name(source.name), BEING_STAGED)
                    staging.renew(warehouse, source)
            atomically(warehouse, partial(staging.stage_anew, warehouse, source, files))
            done.append(source.name)
    # Afterwards: how old words are is read in what is staged.
    expire_words(warehouse)
    with warehouse.transaction():
        for name, code in wanted_codes(warehouse).items():
            enter_build(warehouse, name, code)
        if done:
            forget_builds(warehouse, [f"core.{entity}" for entity in all_contracts()])
    return done


def wanted_codes(warehouse: Warehouse) -> dict[str, str]:
    """By what each source's staging, and each merchant's zone and currency, should have been staged."""
    codes = {staging_name(source.name): source.code_hash() for source in all_sources().values()}
    codes[ENTRY] = retention_code(warehouse.settings)
    merchants = warehouse.settings.merchants.values()
    return codes | {merchant_name(merchant): merchant_code(merchant) for merchant in merchants}


def _moved_merchants(warehouse: Warehouse) -> list[str]:
    """Merchants whose zone or currency is another than when they were last staged."""
    known = built(warehouse)
    return [
        merchant_id
        for merchant_id, merchant in warehouse.settings.merchants.items()
        if known.get(merchant_name(merchant)) != merchant_code(merchant)
    ]


def _files(warehouse: Warehouse, source: Source, merchants: list[str] | None) -> list[str]:
    """Files of a source, of some merchants or of all, in the order in which they were loaded."""
    where = "" if merchants is None else f"and merchant_id in ({literals(merchants)})"
    rows = warehouse.connection.execute(
        f"select file_id from raw.files where source = $1 {where} order by file_sequence", [source.name]
    ).fetchall()
    return [file_id for (file_id,) in rows]
