"""A merchant of the installation, and how keeprate.toml states one; reading the file belongs in ``settings``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipelines.costs import judged_costs
from pipelines.errors import CannotRun, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DATE_FORMATS = ("dmy", "mdy", "ymd")
MERCHANT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")

_MERCHANT_KEYS = (
    "id", "name", "locale", "timezone", "currency", "inbox", "outbox", "costs", "policy_file", "date_formats",
    "share_priors",
)  # fmt: skip


@dataclass(frozen=True)
class Merchant:
    """One merchant of the installation.

    Attributes:
        merchant_id: lower case letters, digits, ``-`` and ``_``.
        name: as the report prints it.
        locale: language of reports and pages, for example ``en`` or ``zh-Hant``.
        timezone: IANA name.
        currency_code: ISO 4217.
        inbox: folder in which files appear.
        outbox: folder into which results are put.
        date_formats: by source name, the format that its files are stated to have.
        costs: the merchant's own cost figures, by name, in its currency.
        policy_file: TOML with the return policy's versions, or None.
        share_priors: whether what was learned of its rates may help merchants that share theirs, and theirs it.
    """

    merchant_id: str
    name: str
    locale: str
    timezone: str
    currency_code: str
    inbox: Path
    outbox: Path
    date_formats: Mapping[str, str] = field(default_factory=dict)
    costs: Mapping[str, float] = field(default_factory=dict)
    policy_file: Path | None = None
    share_priors: bool = False


def stated_merchant(entry: dict[str, Any], path: Path, number: int) -> Merchant:
    """One ``[[merchants]]`` of keeprate.toml.

    Args:
        entry: what stands there.
        path: the file.
        number: of the entry, the first being 1.

    Raises:
        CannotRun: a key is not known, or a value cannot be meant.
    """
    place = f"{path}: merchant {number}"
    for key in entry:
        if key not in _MERCHANT_KEYS:
            hint = nearest(key, list(_MERCHANT_KEYS))
            raise CannotRun(f"{place}: unknown key {key!r}{hint}.\n  to do:    correct or remove it in {path.name}")
    merchant_id = entry.get("id", "")
    if not isinstance(merchant_id, str) or not MERCHANT_ID.fullmatch(merchant_id):
        raise CannotRun(
            f"{place}: id is {merchant_id!r}; expected lower case letters, digits, - and _.\n"
            f"  to do:    correct it in {path.name}"
        )
    timezone = entry.get("timezone", "UTC")
    _require_timezone(timezone, place)
    currency = entry.get("currency", "USD")
    if not re.fullmatch(r"[A-Z]{3}", str(currency)):
        raise CannotRun(
            f"{place}: currency is {currency!r}; expected an ISO 4217 code such as USD.\n"
            f"  to do:    correct it in {path.name}"
        )
    date_formats = entry.get("date_formats", {})
    for source, value in date_formats.items():
        if value not in DATE_FORMATS:
            raise CannotRun(
                f"{place}: date_formats.{source} is {value!r}; expected {', '.join(DATE_FORMATS)}.\n"
                f"  to do:    correct it in {path.name}"
            )
    share_priors = entry.get("share_priors", False)
    if not isinstance(share_priors, bool):
        raise CannotRun(
            f"{place}: share_priors is {share_priors!r}; expected true or false.\n  to do:    correct it in {path.name}"
        )
    home = path.parent
    return Merchant(
        merchant_id=merchant_id,
        name=entry.get("name", merchant_id),
        locale=entry.get("locale", "en"),
        timezone=timezone,
        currency_code=currency,
        inbox=home / entry.get("inbox", f"inbox/{merchant_id}"),
        outbox=home / entry.get("outbox", f"outbox/{merchant_id}"),
        date_formats=date_formats,
        costs=judged_costs(entry.get("costs", {}), place, path.name),
        policy_file=home / entry["policy_file"] if entry.get("policy_file") else None,
        share_priors=share_priors,
    )


def _require_timezone(name: object, place: str) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(str(name))
    except Exception as error:
        raise CannotRun(
            f"{place}: timezone is {name!r}; expected an IANA name such as Europe/Berlin.\n"
            "  to do:    correct it in keeprate.toml"
        ) from error
