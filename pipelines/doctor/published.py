"""What readers see: whether every part of the snapshot is there and whole, how fresh it is, and who is held."""

from __future__ import annotations

import importlib.metadata
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipelines.doctor.finding import Finding, ago, named, size
from pipelines.publishing import content_stem
from pipelines.snapshot import open_snapshot, read_manifest
from pipelines.sql_text import literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.settings import Settings
    from pipelines.snapshot import Snapshot

STALE_DAYS = 8
"""Data older than that draw a warning: a weekly export and one day of delay are normal."""
_MAGIC = b"PAR1"
_WHY_TORN = "pages, reports and queries that need it fail"
_WHY_OLD = "the numbers tell of what was then"


def examine(home: Path, settings: Settings | None, *, is_deep: bool = False) -> Iterator[Finding]:
    """The manifest, its parts, then what they tell."""
    try:
        manifest = read_manifest(home)
    except (OSError, ValueError) as error:
        yield Finding(
            "snapshot", "fail", f"the manifest cannot be read ({type(error).__name__})", _restore(home), _WHY_TORN
        )
        return
    if manifest is None:
        yield Finding(
            "snapshot",
            "warn",
            "nothing is published yet",
            "keeprate ingest FILE, then keeprate build",
            "pages, reports and queries have nothing to show",
        )
        return
    torn = list(_torn(home / "snapshots" / "parts", manifest))
    if torn:
        yield Finding("snapshot", "fail", f"{len(torn)} parts are damaged: {named(torn, 3)}", _restore(home), _WHY_TORN)
        return
    try:
        with open_snapshot(home, settings.threads if settings else 1) as snapshot:
            altered = list(_altered(home / "snapshots" / "parts", snapshot)) if is_deep else []
            if altered:
                found = f"{len(altered)} parts are damaged: {named(altered, 3)}"
                yield Finding("snapshot", "fail", found, _restore(home), _WHY_TORN)
                return
            yield _whole(home, manifest, is_deep=is_deep)
            yield from _age(manifest)
            yield from _checks(snapshot)
            yield from _merchants(settings, snapshot)
    except Exception as error:
        found = f"cannot be read ({type(error).__name__})"
        yield Finding("snapshot", "fail", found, _restore(home), _WHY_TORN)


def _restore(home: Path) -> str:
    return (
        f"restore snapshots/ from your backup; without one: rm {home / 'snapshots' / 'current'}, then keeprate build"
        " (it writes every part anew from the warehouse, of a held merchant what is held too)"
    )


def _torn(folder: Path, manifest: dict[str, Any]) -> Iterator[str]:
    """Parts that are missing, empty or cut."""
    for table in manifest["tables"].values():
        for part in table["parts"]:
            path = folder / part["file"]
            if not path.is_file():
                yield f"{path.name} is missing"
                continue
            with path.open("rb") as stream:
                first = stream.read(len(_MAGIC))
                stream.seek(max(0, path.stat().st_size - len(_MAGIC)))
                last = stream.read()
            if first != _MAGIC or last != _MAGIC:
                yield f"{path.name} is cut ({size(path.stat().st_size)})"


def _altered(folder: Path, snapshot: Snapshot) -> Iterator[str]:
    """Parts whose rows are not those that their name was made from."""
    for name, table in snapshot.manifest["tables"].items():
        files: dict[tuple[str | None, str | None], list[str]] = {}
        for part in table["parts"]:
            files.setdefault((part["merchant_id"], part["month"]), []).append(part["file"])
        columns = [(column, kind) for column, kind in table["columns"]]
        for (merchant_id, month), paths in files.items():
            listed = ", ".join(literal(str(folder / path)) for path in paths)
            rows = ", ".join(column for column, _ in columns)
            try:
                ((count, added, combined),) = snapshot.connection.execute(
                    "select count(*), sum(row_hash), bit_xor(row_hash)"
                    f" from (select hash({rows}) as row_hash from read_parquet([{listed}]))"
                ).fetchall()
            except Exception as error:  # Whatever DuckDB says of bytes that are not what they were.
                yield f"{paths[0]} cannot be read ({type(error).__name__})"
                continue
            stem = content_stem(name, columns, (merchant_id, month), count, added, combined)
            yield from (f"{path} has other rows than were written" for path in paths if not path.startswith(stem))


def _whole(home: Path, manifest: dict[str, Any], *, is_deep: bool) -> Finding:
    files = {part["file"] for table in manifest["tables"].values() for part in table["parts"]}
    taken = sum((home / "snapshots" / "parts" / file).stat().st_size for file in files)
    how = "every part's content is what was written" if is_deep else "every part is there; --deep reads them all"
    found = f"version {manifest['version']} of {manifest['published_at']}: {len(files)} parts, {size(taken)}; {how}"
    installed, written = importlib.metadata.version("keeprate"), manifest.get("software_version", "unknown")
    if written != installed:
        return Finding(
            "snapshot",
            "warn",
            f"{found}; published by keeprate {written}, {installed} is installed",
            "keeprate build",
            "pages may ask for columns that it does not have",
        )
    return Finding("snapshot", "ok", found)


def _age(manifest: dict[str, Any]) -> Iterator[Finding]:
    seconds = (datetime.now(UTC) - datetime.fromisoformat(manifest["published_at"])).total_seconds()
    if seconds < -300:
        yield Finding(
            "clock",
            "warn",
            f"the snapshot was published at {manifest['published_at']}, ahead of the clock",
            "set the clock of this machine (timedatectl)",
            "ages of files and of data are counted from it",
        )
    elif seconds > STALE_DAYS * 86400:
        yield Finding("freshness", "warn", f"published {ago(seconds)}", "keeprate build", _WHY_OLD)
    else:
        yield Finding("freshness", "ok", f"published {ago(max(0.0, seconds))}")


def _checks(snapshot: Snapshot) -> Iterator[Finding]:
    rows = list(
        snapshot.query(
            "select max(checked_at), count(*), count(*) filter (where not is_passed and severity = 'error'),"
            " count(*) filter (where not is_passed and severity <> 'error') from quarantine.check_verdicts"
        ).iter_rows()
    )
    checked_at, total, errors, warnings = rows[0]
    if not total:
        yield Finding("checks", "warn", "none was run", "keeprate build", "nobody knows whether the numbers add up")
        return
    found = f"{total} verdicts, the last of {checked_at:%Y-%m-%d %H:%M} UTC; {errors} errors, {warnings} warnings"
    if errors or warnings:
        yield Finding(
            "checks",
            "warn",
            found,
            'keeprate query "select merchant_id, table_name, description, failing_count from quarantine.check_verdicts'
            ' where not is_passed"',
            "a check of severity error holds its merchant; a warning stands beside the numbers",
        )
    else:
        yield Finding("checks", "ok", found)


def _merchants(settings: Settings | None, snapshot: Snapshot) -> Iterator[Finding]:
    newest = dict(
        snapshot.query(
            "select merchant_id, max(coalesce(placed_date, placed_at::date)) from core.orders group by merchant_id"
        ).iter_rows()
    )
    sources = _sources(snapshot)
    today = datetime.now(UTC).date()
    known = list(settings.merchants) if settings else sorted(newest)
    for merchant_id in known:
        if hold := snapshot.manifest["held"].get(merchant_id):
            yield Finding(
                f"data {merchant_id}",
                "fail",
                f"held since {hold['since']}: {hold['reason']}",
                f"keeprate quarantine --merchant {merchant_id}; mend or complete its files, then keeprate build",
                "its readers see its last good data",
            )
        yield _freshness(merchant_id, newest.get(merchant_id), today)
        yield from _late_sources(merchant_id, sources.get(merchant_id, []))
    strangers = sorted(name for name in newest if name not in known)
    if strangers:
        yield Finding(
            "data",
            "warn",
            f"published and not in keeprate.toml: {named(strangers)}",
            "give the merchant its entry again (keeprate init --merchant ID)",
            "its data are kept and shown, and nothing newer is loaded",
        )


def _freshness(merchant_id: str, newest: date | None, today: date) -> Finding:
    check = f"data {merchant_id}"
    if newest is None:
        why = "there is nothing to count for it"
        return Finding(check, "warn", "no order published", f"keeprate ingest FILE --merchant {merchant_id}", why)
    days = (today - newest).days
    found = f"newest order of {newest}, {days} {'day' if days == 1 else 'days'} ago"
    if newest > today + timedelta(days=1):
        return Finding(
            check,
            "warn",
            f"newest order of {newest}, in the future",
            "look whether day and month were read the right way round, or whether the clock of this machine is wrong",
            "weeks that did not come yet cannot be judged",
        )
    if days > STALE_DAYS:
        return Finding(check, "warn", found, "export and load newer files", _WHY_OLD)
    return Finding(check, "ok", found)


def _sources(snapshot: Snapshot) -> dict[str, list[tuple[str, date, int]]]:
    """By merchant: the sources that are late, through which day they tell, days behind the newest one."""
    found: dict[str, list[tuple[str, date, int]]] = {}
    if "marts.source_coverage" not in snapshot.manifest["tables"]:
        return found
    for merchant_id, source, through, behind in snapshot.query(
        "select merchant_id, source, data_through_date, days_behind from marts.source_coverage"
        " where is_late order by merchant_id, days_behind desc, source"
    ).iter_rows():
        found.setdefault(merchant_id, []).append((source, through, behind))
    return found


def _late_sources(merchant_id: str, late: list[tuple[str, date, int]]) -> Iterator[Finding]:
    for source, through, behind in late:
        yield Finding(
            f"data {merchant_id}",
            "warn",
            f"{source} tells through {through}, {behind} days behind the newest source",
            f"export {source} again and load it",
            "orders, parcels and returns of these days are told by one side only",
        )
