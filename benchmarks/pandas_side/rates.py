"""What orders contribute to return rates, and the rates: by week, overall, by product."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.pandas_side.returning import HORIZON_DAYS, Covered

_NORMAL, _SQUARE = 1.6448536, 2.7055435


def order_exposure(covered: Covered, units: pd.DataFrame, returned: pd.DataFrame, curve: pd.DataFrame) -> pd.DataFrame:
    """Shipped and returned units of every order, and the share of its returns that is to be expected by now."""
    counted = returned[returned["is_counted"]]
    sums = counted.groupby("order_id", sort=False)[["returned_quantity", "excess_returned_quantity"]].sum()
    exposure = units[["order_id", "placed_date", "order_week", "eligible_quantity"]].rename(
        columns={"eligible_quantity": "shipped_quantity"}
    )
    exposure = exposure.join(sums, on="order_id")
    exposure[list(sums)] = exposure[list(sums)].fillna(0).astype("int64")
    age = (covered["data_through_date"] - exposure["placed_date"]).dt.days
    begins = covered["returns_from_date"]
    unseen = (
        pd.Series(0, index=exposure.index)
        if pd.isna(begins)
        else (begins - exposure["placed_date"]).dt.days.clip(lower=0)
    )
    share = curve.set_index("age_days")["developed_share"]
    at_end = age.clip(0, HORIZON_DAYS).map(share)
    before = (unseen - 1).map(share)
    exposure["age_days"] = age
    exposure["developed_share"] = np.select(
        [(age < 0) | (unseen > HORIZON_DAYS), (age >= HORIZON_DAYS) & (unseen == 0), unseen == 0],
        [0.0, 1.0, at_end],
        at_end - before,
    )
    exposed = (exposure["shipped_quantity"] * exposure["developed_share"]).round(6)
    exposure["exposure_quantity"] = exposed.where(exposure["shipped_quantity"] != 0, 0.0)
    return exposure


def weekly(exposure: pd.DataFrame) -> pd.DataFrame:
    """Return rates by week of the order."""
    return with_rates(_sums(exposure, exposure["order_week"]).reset_index())


def overall(covered: Covered, exposure: pd.DataFrame) -> pd.DataFrame:
    """Return rates of the last weeks."""
    last = min(covered["data_through_date"], exposure["placed_date"].max()) + pd.Timedelta(days=1)
    week = last - pd.Timedelta(days=last.weekday())
    starts = {"last_4_weeks": (28, 1), "previous_4_weeks": (56, 29), "last_13_weeks": (91, 1)}
    periods = {
        name: (week - pd.Timedelta(days=begin), week - pd.Timedelta(days=end)) for name, (begin, end) in starts.items()
    }
    periods["all"] = (
        min(exposure["order_week"].min(), week - pd.Timedelta(days=7)),
        week - pd.Timedelta(days=1),
    )
    parts = [
        exposure[exposure["placed_date"].between(begin, end)].assign(period=name)
        for name, (begin, end) in periods.items()
    ]
    chosen = pd.concat(parts)
    return with_rates(_sums(chosen, chosen["period"]).reset_index())


def _sums(exposure: pd.DataFrame, key: pd.Series) -> pd.DataFrame:
    return exposure.groupby(key, sort=True).agg(
        order_count=("order_id", "size"),
        shipped_quantity=("shipped_quantity", "sum"),
        exposure_quantity=("exposure_quantity", "sum"),
        returned_quantity=("returned_quantity", "sum"),
        excess_returned_quantity=("excess_returned_quantity", "sum"),
    )


def by_product(
    exposure: pd.DataFrame, lines: pd.DataFrame, line_rto: pd.DataFrame, returned: pd.DataFrame
) -> pd.DataFrame:
    """Return rates by product."""
    rto = line_rto.set_index(["order_id", "order_line_id"])["rto_quantity"]
    sold = lines[["order_id", "order_line_id", "quantity"]].assign(
        product_id=lines["product_id"].astype("string").fillna(lines["sku"].astype("string")).fillna("0"),
        sku=lines["sku"],
        order_line_id=lines["order_line_id"].astype("string"),
    )
    sold["rto"] = 0
    is_hit = sold["order_id"].isin(line_rto["order_id"])
    hit = sold.loc[is_hit, ["order_id", "order_line_id"]].join(rto, on=["order_id", "order_line_id"])
    sold.loc[is_hit, "rto"] = hit["rto_quantity"].fillna(0).astype("int64")
    sold["kept"] = sold["quantity"] - sold["rto"]
    sold = sold.merge(exposure[["order_id", "shipped_quantity", "developed_share"]], on="order_id")
    is_shipped = sold["shipped_quantity"] > 0
    sold["units"] = sold["kept"].where(is_shipped, 0)
    sold["exposed"] = (sold["kept"] * sold["developed_share"]).round(6).where(is_shipped, 0.0)
    sold["product_id"] = sold["product_id"].astype("category")
    sums = sold.groupby("product_id", observed=True).agg(
        sku_count=("sku", "nunique"), shipped_quantity=("units", "sum"), exposure_quantity=("exposed", "sum")
    )
    back = (
        returned[returned["is_counted"]]
        .groupby(["order_id", "product_id"], as_index=False)[["returned_quantity", "requested_quantity"]]
        .sum()
    )
    of_orders = sold[sold["order_id"].isin(back["order_id"])].astype({"product_id": "string"})
    held = of_orders.groupby(["order_id", "product_id"])["kept"].sum()
    back = back.join(held, on=["order_id", "product_id"])
    back["returned_quantity"] = np.fmin(back["returned_quantity"], back["kept"].fillna(0)).astype("int64")
    back["excess_returned_quantity"] = back["requested_quantity"] - back["returned_quantity"]
    of_product = back.groupby("product_id")[["returned_quantity", "excess_returned_quantity"]].sum()
    sums.index = sums.index.astype("string")
    table = sums.join(of_product, how="outer").fillna(0).reset_index(names="product_id")
    return with_rates(table)


def with_rates(table: pd.DataFrame) -> pd.DataFrame:
    """Rates of sums, with Wilson's interval at 90 %."""
    shipped, exposed = table["shipped_quantity"], table["exposure_quantity"]
    table["observed_return_rate"] = (table["returned_quantity"] / shipped).where(shipped > 0)
    rate = (table["returned_quantity"] / exposed).clip(upper=1).where(exposed >= 5)
    table["adjusted_return_rate"] = rate
    centre = (rate + _SQUARE / (2 * exposed)) / (1 + _SQUARE / exposed)
    half = _NORMAL * np.sqrt(rate * (1 - rate) / exposed + _SQUARE / (4 * exposed**2)) / (1 + _SQUARE / exposed)
    table["adjusted_rate_lower"] = np.clip(np.minimum(centre - half, rate), 0, None)
    table["adjusted_rate_upper"] = np.clip(np.maximum(centre + half, rate), None, 1)
    table["developed_share"] = (exposed / shipped).where(shipped > 0)
    table["is_young"] = ~(table["developed_share"] >= 0.3)
    return table
