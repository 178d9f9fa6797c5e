"""``keeprate.toml``: what cannot be read, and what is read and does nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.doctor.finding import Finding, split
from pipelines.errors import KeeprateError, nearest
from pipelines.settings import load_settings, read_document
from pipelines.sources import all_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.merchants import Merchant
    from pipelines.settings import Settings

TABLES = ("engine", "merchants", "privacy")
ENGINE_KEYS = ("threads", "memory_limit")
# ISO 4217, what is in circulation.
CURRENCIES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
    CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
    HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY
    TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - a hundred and a half quoted codes are harder to read
)
_CATALOGUES = Path(__file__).resolve().parents[1] / "reports" / "locale"
_WHY_NOT_READ = "without it no command runs"
_WHY_IGNORED = "it is ignored, so what it was meant to say does not count"


def examine(home: Path) -> Iterator[Finding]:
    """Read it, and look for what is ignored or improbable."""
    try:
        settings = load_settings(home)
    except (KeeprateError, OSError) as error:
        found, remedy = split(str(error))
        yield Finding("configuration", "fail", found, remedy or "mend keeprate.toml", _WHY_NOT_READ)
        return
    problems = [*_ignored(read_document(home)), *_engine(settings)]
    for merchant in settings.merchants.values():
        problems += _merchant(merchant)
    if not problems:
        yield Finding("configuration", "ok", f"{home / 'keeprate.toml'}: {', '.join(settings.merchants)}")
    yield from problems


def _warn(found: str, remedy: str, why: str) -> Finding:
    return Finding("configuration", "warn", found, remedy, why)


def _ignored(document: dict[str, Any]) -> Iterator[Finding]:
    for key in document:
        if key not in TABLES:
            hint = nearest(key, list(TABLES))
            yield _warn(
                f"unknown key {key!r}{hint}", "correct or remove it; see keeprate init for the keys", _WHY_IGNORED
            )
    for key in document.get("engine", {}):
        if key not in ENGINE_KEYS:
            hint = nearest(key, list(ENGINE_KEYS))
            yield _warn(f"[engine]: unknown key {key!r}{hint}", "correct or remove it", _WHY_IGNORED)


def _engine(settings: Settings) -> Iterator[Finding]:
    cores = os.cpu_count() or 1
    if settings.threads > cores:
        yield _warn(
            f"[engine] threads = {settings.threads}, on a machine with {cores}",
            f"set threads to {cores} or fewer",
            "threads that share a core wait for each other, and each takes memory",
        )


def _merchant(merchant: Merchant) -> Iterator[Finding]:
    place = f"merchant {merchant.merchant_id}"
    if merchant.currency_code not in CURRENCIES:
        hint = nearest(merchant.currency_code, sorted(CURRENCIES))
        yield _warn(
            f"{place}: currency {merchant.currency_code} is not in ISO 4217{hint}",
            "write the code in which the shop keeps its books",
            "orders in the shop's true currency are then converted, or left without an amount",
        )
    locales = sorted(path.stem for path in _CATALOGUES.glob("*.toml"))
    if merchant.locale not in locales:
        yield _warn(
            f"{place}: locale {merchant.locale!r}{nearest(merchant.locale, locales)}",
            f"write one of {', '.join(locales)}",
            "reports and pages exist in these languages only",
        )
    sources = list(all_sources())
    for name in merchant.date_formats:
        if name not in sources:
            yield _warn(
                f"{place}: date_formats names {name!r}, no source{nearest(name, sources)}",
                "write the source's name as keeprate ingest prints it",
                _WHY_IGNORED,
            )
