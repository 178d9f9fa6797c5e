"""Return policies: whether the file can be read, which version is in force today, and days without one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelines.doctor.finding import Finding
from pipelines.errors import Refused
from pipelines.policies import read_policy
from pipelines.sources.policy_file import gaps, in_force

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipelines.settings import Settings

_WHY = "whether a return was in time, and who pays it, is told by the policy in force when the order was placed"


def examine(settings: Settings) -> Iterator[Finding]:
    """Each merchant's policy file, where it has one."""
    for merchant in settings.merchants.values():
        if merchant.policy_file:
            yield _policy(merchant.merchant_id, merchant.policy_file)


def _policy(merchant_id: str, path: Path) -> Finding:
    check = f"policy {merchant_id}"
    if not path.exists():
        remedy = "write it, or take policy_file out of keeprate.toml"
        return Finding(check, "fail", f"policy file {path} is missing", remedy, _WHY)
    try:
        versions = read_policy(path)
    except Refused as error:
        found = f"{error.file_name}: {error.found}; expected {error.expected}"
        return Finding(check, "fail", found, error.remedy, _WHY)
    now = in_force(versions, datetime.now(UTC).date())
    without = gaps(versions)
    if now is None or without:
        found = "; ".join(without) or "no version is in force today"
        return Finding(check, "warn", found, "add a version for these days, or let it be so", _WHY)
    return Finding(check, "ok", f"{len(versions)} versions; {now.version_id} is in force")
