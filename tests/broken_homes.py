"""What the doctor says of a home: each finding with its reason and its remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.doctor import Finding, examine


def findings(home: Path, check: str = "", **options: Any) -> list[Finding]:
    found = [finding for finding in examine(home, **options) if not check or finding.check == check]
    for finding in found:
        # What is the matter, why it matters, how to mend it; a note of what is well needs neither.
        assert finding.found
        assert finding.status == "ok" or (finding.why and finding.remedy), finding
        assert finding.status != "ok" or not finding.remedy, finding
    return found


def the_matter(home: Path, check: str, **options: Any) -> list[tuple[str, str, str]]:
    return [(one.status, one.found, one.remedy) for one in findings(home, check, **options) if one.status != "ok"]
