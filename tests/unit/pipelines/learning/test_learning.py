"""Models are learned merchant by merchant: only where something changed, and nothing of one reaches another.

On the real warehouse file of a home, with small made-up counts in ``core``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from declared_tables import columns_of

from pipelines.builds import forget_builds
from pipelines.holds import holds
from pipelines.learning import all_learned_models
from pipelines.learning.declaration import LearnedModel
from pipelines.learning.notes import failures
from pipelines.learning.run import learn
from pipelines.settings import load_settings, write_home
from pipelines.staleness import forget_readers
from pipelines.stated_tables import MERCHANT_SETTINGS
from pipelines.verdicts import hold_published
from pipelines.warehouse import Warehouse, open_warehouse

FIRST = date(2025, 6, 2)
KEYS = ("category", "supplier", "brand", "fulfilment_type", "window_class", "horizon_days")
READ = ("sold_days", "returned_days", "returns_coverage", "report_periods", "line_units", "order_lines")
MATURITY = all_learned_models()["maturity"]

Use = Callable[[LearnedModel], None]


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Let one model, as given, be the only one that there is; its defects are not shown whole."""
    monkeypatch.delenv("KEEPRATE_TRACEBACK", raising=False)

    def use(model: LearnedModel) -> None:
        monkeypatch.setattr("pipelines.learning.run.all_learned_models", lambda: {model.name: model})

    return use


@contextmanager
def house(home: Path) -> Iterator[Warehouse]:
    """A warehouse with the counts that models read, empty."""
    write_home(home)
    with open_warehouse(load_settings(home), "test") as warehouse:
        for name in READ:
            listed = ", ".join(f"{column.name} {column.type}" for column in columns_of(f"core.{name}"))
            warehouse.connection.execute(f"create table if not exists core.{name} ({listed})")
        yield warehouse


def insert(warehouse: Warehouse, name: str, rows: list[dict[str, Any]]) -> None:
    """Add rows to a table of core; columns that they do not name are null."""
    warehouse.connection.register("given", pl.DataFrame(rows, infer_schema_length=None).to_arrow())
    warehouse.connection.execute(f"insert into core.{name} by name select * from given")
    warehouse.connection.unregister("given")


def add_shop(warehouse: Warehouse, merchant_id: str, seed: int, *, weeks: int = 26, slow: int = 8) -> None:
    """Counts of a shop: three products, of which about every seventh unit comes back some days after delivery."""
    draw = random.Random(seed)  # noqa: S311 - a made-up shop, not a secret
    sold, returned = [], []
    for week in range(weeks):
        monday = FIRST + timedelta(weeks=week)
        for product in range(3):
            names = (f"goods {product % 2}", f"supplier of {merchant_id}", "brand", "own", "30 days", 51)
            keys = {
                "merchant_id": merchant_id,
                "product_id": f"{merchant_id}-{product}",
                "variant_id": "-",
                **dict(zip(KEYS, names, strict=True)),
                "order_week": monday,
                "start_date": monday + timedelta(days=3),
            }
            sold.append(keys | {"quantity": 40, "line_count": 40})
            lags: dict[int, int] = {}
            for _ in range(sum(draw.random() < 0.15 for _ in range(40))):
                lag = int(min(draw.gammavariate(2, slow / 2), 50))
                lags[lag] = lags.get(lag, 0) + 1
            returned += [
                keys
                | {"lag_days": lag, "reason_class": draw.choice(("defective", "unclear"))}
                | dict.fromkeys(("quantity", "line_count", "quantity_squares"), quantity)
                for lag, quantity in sorted(lags.items())
                if keys["start_date"] + timedelta(days=lag) < FIRST + timedelta(weeks=weeks)
            ]
    end = FIRST + timedelta(weeks=weeks, days=-1)
    insert(warehouse, "sold_days", sold)
    insert(warehouse, "returned_days", returned)
    insert(warehouse, "returns_coverage", [{"merchant_id": merchant_id, "data_through_date": end}])
    insert(
        warehouse,
        "report_periods",
        [
            {
                "merchant_id": merchant_id,
                "period": period,
                "previous_period": previous,
                "week_count": 4,
                "period_start_date": end - timedelta(days=28 * (before + 1) - 1),
                "period_end_date": end - timedelta(days=28 * before),
            }
            for period, previous, before in (("last_4_weeks", "previous_4_weeks", 0), ("previous_4_weeks", None, 1))
        ],
    )
    share(warehouse, merchant_id, is_sharing=False)


def share(warehouse: Warehouse, merchant_id: str, *, is_sharing: bool = True) -> None:
    """Say in keeprate.toml's stead whether a merchant shares."""
    name = MERCHANT_SETTINGS.full_name
    warehouse.connection.execute(f"delete from {name} where merchant_id = $1", [merchant_id])
    warehouse.connection.execute(
        f"insert into {name} by name select $1 as merchant_id, $2 as share_priors", [merchant_id, is_sharing]
    )


def learn_again(warehouse: Warehouse, *, is_full: bool = False) -> dict[str, int]:
    """Merchants that were learned, by model, once the models were called stale."""
    forget_builds(warehouse, [model.entry for model in all_learned_models().values()])
    return dict(learn(warehouse, is_full=is_full))


def learned_of(warehouse: Warehouse, merchant_id: str) -> dict[str, list[tuple[Any, ...]]]:
    """All learned rows of a merchant by table."""
    found = {}
    for model in all_learned_models().values():
        for table in model.tables:
            if warehouse.has_table(table.full_name):
                query = f"select * from {table.full_name} where merchant_id = $1 order by all"
                found[table.name] = warehouse.connection.execute(query, [merchant_id]).fetchall()
    return found


def test_only_merchants_whose_rows_changed_are_learned(tmp_path: Path, only: Use) -> None:
    only(MATURITY)
    with house(tmp_path / "home") as warehouse:
        add_shop(warehouse, "a", 1)
        add_shop(warehouse, "b", 2)
        assert dict(learn(warehouse)) == {"maturity": 2}
        assert dict(learn(warehouse)) == {}
        assert learn_again(warehouse) == {"maturity": 0}
        before = learned_of(warehouse, "a"), learned_of(warehouse, "b")
        warehouse.connection.execute(
            "update core.returned_days set lag_days = 0 where merchant_id = 'b' and lag_days < 9"
        )
        assert learn_again(warehouse) == {"maturity": 1}
        assert learned_of(warehouse, "a") == before[0]
        assert learned_of(warehouse, "b") != before[1]
        before = learned_of(warehouse, "a"), learned_of(warehouse, "b")
        assert learn_again(warehouse, is_full=True) == {"maturity": 2}
        assert (learned_of(warehouse, "a"), learned_of(warehouse, "b")) == before


def test_a_table_of_other_columns_is_learned_anew(tmp_path: Path, only: Use) -> None:
    """After an upgrade that renamed, added and dropped columns the rows are those of a new home."""
    only(MATURITY)
    with house(tmp_path / "home") as warehouse:
        add_shop(warehouse, "a", 1)
        assert dict(learn(warehouse)) == {"maturity": 1}
        whole = learned_of(warehouse, "a")
        for change in ("rename column credibility to weight", "drop column basis", "add column gone bigint"):
            warehouse.connection.execute(f"alter table ml.maturity_curves {change}")
        assert dict(learn(warehouse)) == {"maturity": 1}
        assert learned_of(warehouse, "a") == whole
        declared = [(column.name, column.type) for column in MATURITY.tables[0].columns]
        assert warehouse.columns_of("ml.maturity_curves") == declared
        assert dict(learn(warehouse)) == {}


def test_numbers_are_the_same_without_the_other_merchants(tmp_path: Path) -> None:
    with house(tmp_path / "alone") as warehouse:
        add_shop(warehouse, "a", 1)
        assert set(dict(learn(warehouse)).values()) == {1}
        alone = learned_of(warehouse, "a")
    assert all(rows for name, rows in alone.items() if not name.startswith("early_warning"))
    with house(tmp_path / "both") as warehouse:
        # Before the other in every order, and selling the same as the other.
        add_shop(warehouse, "0", 1, slow=16)
        add_shop(warehouse, "a", 1)
        learn_again(warehouse)
        assert learned_of(warehouse, "a") == alone
        assert any(learned_of(warehouse, "0").values())
        for name in READ:
            warehouse.connection.execute(f"delete from core.{name} where merchant_id = '0'")
        assert set(learn_again(warehouse).values()) == {0}
        assert learned_of(warehouse, "a") == alone
        assert not any(learned_of(warehouse, "0").values())


def test_priors_flow_only_among_those_that_share(tmp_path: Path, only: Use) -> None:
    only(MATURITY)
    with house(tmp_path / "home") as warehouse:
        add_shop(warehouse, "small", 1, weeks=4)
        add_shop(warehouse, "large", 2, slow=20)
        add_shop(warehouse, "third", 3, weeks=4)
        learn_again(warehouse)
        alone = {name: learned_of(warehouse, name) for name in ("small", "large", "third")}
        for sharing in (("small",), ("large",), ("large", "third")):
            for merchant_id in alone:
                share(warehouse, merchant_id, is_sharing=merchant_id in sharing)
            learn_again(warehouse)
            assert learned_of(warehouse, "small") == alone["small"], sharing
        share(warehouse, "third", is_sharing=False)
        share(warehouse, "small")
        learn_again(warehouse)
        borrowed = learned_of(warehouse, "small")
        assert borrowed["maturity_curves"] != alone["small"]["maturity_curves"]
        assert learned_of(warehouse, "third") == alone["third"]
        lent = warehouse.connection.execute("select prior from meta.learned where merchant_id = 'large'").fetchall()
        assert lent[0][0]
        assert not any(word in lent[0][0] for word in ("large", "goods", "supplier", "2025"))
        # What is taken back is no longer used.
        share(warehouse, "large", is_sharing=False)
        learn_again(warehouse)
        assert learned_of(warehouse, "small") == alone["small"]


def test_whoever_stops_sharing_is_forgotten_at_the_next_build(tmp_path: Path, only: Use) -> None:
    only(MATURITY)
    with house(tmp_path / "home") as warehouse:
        add_shop(warehouse, "small", 1, weeks=4)
        add_shop(warehouse, "large", 2, slow=20)
        learn_again(warehouse)
        alone = learned_of(warehouse, "small")
        for is_sharing, expected in ((True, {"maturity": 2}), (False, {"maturity": 2})):
            share(warehouse, "small", is_sharing=is_sharing)
            share(warehouse, "large", is_sharing=is_sharing)
            # As a build does where keeprate.toml says something else: nothing but the settings changed.
            forget_readers(warehouse, MERCHANT_SETTINGS.full_name)
            assert dict(learn(warehouse)) == expected
            assert (learned_of(warehouse, "small") == alone) is not is_sharing


def test_a_merchant_whose_rows_break_a_model_is_held_alone(tmp_path: Path, only: Use) -> None:
    def broken(inputs: Any, priors: Any) -> Any:
        if "b-0" in inputs["sold"]["product_id"]:
            raise ValueError("a secret of b")
        return MATURITY.learn(inputs, priors)

    with house(tmp_path / "home") as warehouse:
        only(MATURITY)
        add_shop(warehouse, "a", 1)
        add_shop(warehouse, "b", 2)
        learn_again(warehouse)
        before = learned_of(warehouse, "a"), learned_of(warehouse, "b")
        only(replace(MATURITY, learn=broken))
        warehouse.connection.execute("delete from core.returned_days where lag_days > 20")
        assert learn_again(warehouse) == {"maturity": 1}
        assert learned_of(warehouse, "a") != before[0]
        assert learned_of(warehouse, "b") == before[1]
        assert failures(warehouse) == {("maturity", "b"): "ValueError"}
        assert list(hold_published(warehouse)) == ["b"]
        reason = holds(warehouse)["b"]["reason"]
        assert "maturity" in reason
        assert "secret" not in reason
        # Tried again by the next build, although nothing changed.
        only(MATURITY)
        assert dict(learn(warehouse)) == {"maturity": 1}
        assert learned_of(warehouse, "b") != before[1]
        assert failures(warehouse) == {}
        assert hold_published(warehouse) == {}


def test_a_defect_is_shown_whole_to_whoever_asks(tmp_path: Path, only: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(inputs: Any, priors: Any) -> Any:
        raise ValueError("a defect")

    only(replace(MATURITY, learn=broken))
    monkeypatch.setenv("KEEPRATE_TRACEBACK", "1")
    with house(tmp_path / "home") as warehouse:
        add_shop(warehouse, "a", 1, weeks=3)
        with pytest.raises(ValueError, match="a defect"):
            learn_again(warehouse)
