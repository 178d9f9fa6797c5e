"""The home, ``keeprate.toml`` and the environment as typed settings; the only reader of configuration.

Threads are set and telemetry is switched off here. Nothing is opened or created except by ``write_home``.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.durable import write_durably, write_once_durably
from pipelines.engine_settings import DEFAULT_MEMORY_LIMIT, engine_settings
from pipelines.errors import CannotRun, UsageProblem, nearest
from pipelines.home_texts import COSTS_AS_COMMENT, COSTS_HEAD, DAGSTER, HEAD, MERCHANT
from pipelines.merchants import MERCHANT_ID, Merchant, stated_merchant
from pipelines.privacy_settings import privacy_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

HOME_VARIABLE = "KEEPRATE_HOME"
TRACEBACK_VARIABLE = "KEEPRATE_TRACEBACK"
_KEY_BYTES = 32


@dataclass(frozen=True)
class Settings:
    """The home and who lives in it.

    Attributes:
        home: the folder.
        merchants: by id, in the order of ``keeprate.toml``.
        threads: threads that DuckDB, Polars and OpenMP may use.
        memory_limit: DuckDB's memory limit, such as ``2GB``; one that ``keeprate.toml`` states is not passed.
        comments_months: months for which words are kept; 0 for good.
        originals: folder outside the home for loaded files of the inboxes; None: they are removed.
    """

    home: Path
    merchants: dict[str, Merchant]
    threads: int = 2
    memory_limit: str = DEFAULT_MEMORY_LIMIT
    is_memory_stated: bool = False
    comments_months: int = 24
    originals: Path | None = None

    @property
    def warehouse_file(self) -> Path:
        """The DuckDB file that only ``pipelines.warehouse`` opens."""
        return self.home / "warehouse.duckdb"

    @property
    def key(self) -> bytes:
        """The installation's secret from which each merchant's pseudonyms are keyed.

        Raises:
            CannotRun: the key file is missing or unreadable.
        """
        path = self.home / "key"
        try:
            key = bytes.fromhex(path.read_text(encoding="ascii").strip())
            if len(key) < _KEY_BYTES:
                raise ValueError("cut short")
            return key
        except (OSError, ValueError) as error:
            raise CannotRun(
                f"{path}: the key that pseudonyms are made with cannot be read ({type(error).__name__}).\n"
                "  to do:    restore it from your backup; with a new key, known customers become strangers"
            ) from error

    def merchant(self, merchant_id: str) -> Merchant:
        """Return a merchant, or raise UsageProblem that lists the known ones."""
        if merchant_id not in self.merchants:
            raise UsageProblem(
                f"no merchant {merchant_id!r}{nearest(merchant_id, [*self.merchants])}; {self.home / 'keeprate.toml'}"
                f" has {', '.join(self.merchants)}.\n  to do:    correct the name; new: keeprate init --merchant ID"
            )
        return self.merchants[merchant_id]


def home_folder(option: str | None) -> Path:
    """The home: the option, else ``KEEPRATE_HOME``, else ``./keeprate-home``."""
    return Path(option or home_in_environment() or "keeprate-home").expanduser().absolute()


def home_in_environment() -> str | None:
    """What ``KEEPRATE_HOME`` says, or None."""
    return os.environ.get(HOME_VARIABLE) or None


def point_dagster_at(home: Path) -> None:
    """Let Dagster keep its instance in the home; it and the assets take both from the environment."""
    os.environ[HOME_VARIABLE] = str(home)
    os.environ["DAGSTER_HOME"] = str(home / "dagster")


def is_traceback_wanted() -> bool:
    """Whether a defect is shown whole (``KEEPRATE_TRACEBACK``); it may hold values from a merchant's file."""
    return bool(os.environ.get(TRACEBACK_VARIABLE))


def load_settings(home: Path) -> Settings:
    """Read ``keeprate.toml`` of a home.

    Raises:
        CannotRun: there is no home, or its configuration cannot be read.
    """
    path = home / "keeprate.toml"
    document = read_document(home)
    merchants = [stated_merchant(entry, path, number) for number, entry in enumerate(_entries(document, path), 1)]
    if not merchants:
        raise CannotRun(f"{path}: no [[merchants]] in it.\n  to do:    keeprate init --merchant ID")
    by_id = {merchant.merchant_id: merchant for merchant in merchants}
    if len(by_id) != len(merchants):
        raise CannotRun(f"{path}: a merchant id stands twice.\n  to do:    give each merchant its own id")
    return Settings(
        home,
        by_id,
        **engine_settings(document.get("engine", {}), path),
        **privacy_settings(document.get("privacy", {}), path),
    )


def _entries(document: dict[str, Any], path: Path) -> list[dict[str, Any]]:
    entries = document.get("merchants", [])
    if isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries):
        return entries
    raise CannotRun(f"{path}: merchants is no list of tables.\n  to do:    write [[merchants]], with two brackets")


def read_document(home: Path) -> dict[str, Any]:
    """``keeprate.toml`` as it stands there, nothing of it judged.

    Raises:
        CannotRun: there is no home, or the file is no TOML.
    """
    path = home / "keeprate.toml"
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError:
        todo = "keeprate init, or point --home (or KEEPRATE_HOME) at the right folder"
        raise CannotRun(f"{home}: no keeprate.toml there, so this is not a home.\n  to do:    {todo}") from None
    except OSError as error:
        raise CannotRun(
            f"{path}: cannot be read ({error.strerror}).\n  to do:    mend its permissions, or call as its owner"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CannotRun(f"{path}: not valid TOML: {error}\n  to do:    mend that line") from None


def apply_process_limits(threads: int) -> None:
    """Cap threads and switch telemetry off; must run before Polars, NumPy or Dagster are imported."""
    os.environ.setdefault("POLARS_MAX_THREADS", str(threads))
    # Matrices of models are small: threads of BLAS wait for each other in a busy loop, and add up in another order.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")


def write_home(home: Path, merchant: Merchant | None = None) -> bool:
    """Write a home, or add a merchant to one; what exists is left as it is.

    Args:
        home: folder to make.
        merchant: merchant to add; without it ``demo`` (USD, UTC, en).

    Returns:
        Whether anything was written.

    Raises:
        UsageProblem: the merchant's id is not usable.
        CannotRun: the folder cannot be written.
    """
    merchant = merchant or new_merchant(home, "demo")
    if not MERCHANT_ID.fullmatch(merchant.merchant_id):
        raise UsageProblem(
            f"merchant id {merchant.merchant_id!r} is not usable.\n"
            "  expected: lower case letters, digits, - and _, beginning with a letter or digit\n"
            "  to do:    choose another id; the name that reports print is set with --name"
        )
    path = home / "keeprate.toml"
    try:
        for folder in ("snapshots", "reports", "models", "dagster"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        _write_once(home / "dagster" / "dagster.yaml", DAGSTER)
        _write_key(home / "key")
        text = path.read_text(encoding="utf-8") if path.exists() else HEAD
        known = load_settings(home).merchants if path.exists() else {}
        is_new = merchant.merchant_id not in known
        if is_new:
            values = {key: _toml_text(str(value)) for key, value in vars(merchant).items()}
            lines = {"policy_line": _policy_line(home, merchant), "costs_lines": _costs_lines(merchant)}
            # By rename: a person's file is never left half written.
            write_durably(path, text + MERCHANT.format(**values, **lines))
        for folder in (home / "inbox" / merchant.merchant_id, home / "outbox" / merchant.merchant_id):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotRun(
            f"{home}: cannot be written ({error.strerror}).\n"
            "  to do:    name a folder with --home that you may write to, or mend its permissions"
        ) from error
    return is_new


def new_merchant(
    home: Path,
    merchant_id: str,
    *,
    name: str | None = None,
    locale: str = "en",
    timezone: str = "UTC",
    currency_code: str = "USD",
    policy_file: Path | None = None,
    costs: Mapping[str, float] | None = None,
) -> Merchant:
    """A merchant with the usual folders, for ``write_home``."""
    return Merchant(
        merchant_id,
        name or merchant_id,
        locale,
        timezone,
        currency_code,
        home / "inbox" / merchant_id,
        home / "outbox" / merchant_id,
        policy_file=policy_file,
        costs=costs or {},
    )


def _costs_lines(merchant: Merchant) -> str:
    """The merchant's own cost figures, a comment where it has none."""
    if not merchant.costs:
        return COSTS_AS_COMMENT
    return "\n".join([COSTS_HEAD, *(f"{name} = {value}" for name, value in merchant.costs.items())])


def _policy_line(home: Path, merchant: Merchant) -> str:
    """The line that names the policy file: relative to the home where it lies in it, a comment where there is none."""
    if merchant.policy_file is None:
        return f'# policy_file = "policy-{merchant.merchant_id}.toml"'
    path = merchant.policy_file
    inside = path.relative_to(home) if path.is_relative_to(home) else path
    return f'policy_file = "{_toml_text(inside.as_posix())}"'


def _toml_text(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _write_once(path: Path, text: str) -> None:
    if not path.exists():
        write_once_durably(path, text)


def _write_key(path: Path) -> None:
    # Whole or not at all: with half a key, known customers would become strangers.
    if not path.exists():
        write_once_durably(path, secrets.token_hex(_KEY_BYTES) + "\n", mode=0o600)
