"""A merchant's own cost figures and what it shares: what can be meant is taken, all else is refused in clear words."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import CannotRun
from pipelines.settings import load_settings, write_home


def home_with(folder: Path, text: str) -> Path:
    """A home whose only merchant has further lines in keeprate.toml."""
    write_home(folder)
    with (folder / "keeprate.toml").open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")
    return folder


def test_figures_are_read_as_stated(tmp_path: Path) -> None:
    lines = "share_priors = true\n[merchants.costs]\nreturn_shipping = 7\nwrite_down_share = 0.15\nsupport = 0"
    merchant = load_settings(home_with(tmp_path / "home", lines)).merchants["demo"]
    assert merchant.share_priors is True
    assert merchant.costs == {"return_shipping": 7.0, "write_down_share": 0.15, "support": 0.0}


def test_nothing_is_priced_or_shared_unless_it_is_stated(tmp_path: Path) -> None:
    merchant = load_settings(home_with(tmp_path / "home", "")).merchants["demo"]
    assert merchant.share_priors is False
    assert merchant.costs == {}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('share_priors = "yes"', r"merchant 1: share_priors is 'yes'; expected true or false\."),
        ("share_priors = 1", r"share_priors is 1; expected true or false\."),
        ("shares_priors = true", r"unknown key 'shares_priors'.*share_priors"),
        ("costs = 7", r"costs is 7; expected a table \[merchants\.costs\]"),
        ("[merchants.costs]\nreturn_shiping = 7", r"no cost figure 'return_shiping'.*return_shipping"),
        ("[merchants.costs]\nhandling = -1", r"costs\.handling is -1; expected a number from 0 up\."),
        ("[merchants.costs]\nhandling = nan", r"costs\.handling is nan; expected a number from 0 up\."),
        ("[merchants.costs]\nhandling = inf", r"costs\.handling is inf; expected a number from 0 up\."),
        ("[merchants.costs]\nhandling = true", r"costs\.handling is True; expected a number from 0 up\."),
        ('[merchants.costs]\nsupport = "2.50"', r"costs\.support is '2\.50'; expected a number from 0 up\."),
        ("[merchants.costs]\nwrite_down_share = 15", r"costs\.write_down_share is 15; expected a share from 0 to 1\."),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, lines: str, message: str) -> None:
    with pytest.raises(CannotRun, match=message) as refusal:
        load_settings(home_with(tmp_path / "home", lines))
    assert "to do:" in str(refusal.value)
    assert "keeprate.toml" in str(refusal.value)
