"""How many days the way out takes, by month and week: from order to parcel, from parcel to door."""

from __future__ import annotations

import pandas as pd

from benchmarks.pandas_side.shops import Shop

_WAITING = ["pending", "awaiting_payment", "awaiting_fulfillment", "awaiting_shipment", "manual_verification"]


def lead_times(shop: Shop, orders: pd.DataFrame, parcels: pd.DataFrame) -> pd.DataFrame:
    """Finished and open legs, their median and 90th percentile, and the share that came late."""
    forward = parcels[parcels["direction"] == "forward"]
    sent = forward.groupby("order_id", sort=False)["shipped_date"].min()
    dated = forward.loc[forward["shipped_at"].notna(), "order_id"]
    shipped = orders["order_id"].map(sent).fillna(orders["shipped_date"])
    is_sent = shipped.notna() | orders["order_id"].isin(dated)
    order_legs = pd.DataFrame(
        {
            "leg": "ordered_to_shipped",
            "began": orders["placed_date"],
            "days": (shipped - orders["placed_date"]).dt.days.astype("float64"),
            "is_open": ~is_sent & orders["status"].isin(_WAITING),
        }
    )
    forward = forward[~forward["is_rto"]]
    delivered_date = shop.local_dates(forward["delivered_at"])
    seconds = (forward["delivered_at"] - forward["shipped_at"]).dt.total_seconds() / 86_400
    by_dates = (delivered_date - forward["shipped_date"]).dt.days.astype("float64")
    late = (delivered_date > forward["promised_date"]).astype("float64")
    parcel_legs = pd.DataFrame(
        {
            "leg": "shipped_to_delivered",
            "began": forward["shipped_date"],
            "days": seconds.where(forward["shipped_at"].notna(), by_dates),
            "is_open": forward["delivered_at"].isna() & forward["outcome"].isin(["in_transit", "unknown"]),
            "late": late.where(delivered_date.notna() & forward["promised_date"].notna()),
        }
    )
    legs = pd.concat([order_legs, parcel_legs], ignore_index=True)
    legs["late"] = legs["late"].where(legs["days"] >= 0)
    legs["days"] = legs["days"].where(legs["days"] >= 0)
    legs = legs[legs["began"].notna() & (legs["days"].notna() | legs["is_open"])]
    legs["waiting"] = legs["is_open"] & legs["days"].isna()
    return pd.concat([_sums(legs, kind, period) for kind, period in (("month", "M"), ("week", "W"))], ignore_index=True)


def _sums(legs: pd.DataFrame, kind: str, period: str) -> pd.DataFrame:
    start = legs["began"].dt.to_period(period).dt.start_time.rename("period_start_date")
    groups = legs.groupby([start, "leg"])
    sums = groups.agg(
        finished_count=("days", "count"),
        open_count=("waiting", "sum"),
        median_days=("days", "median"),
        promised_count=("late", "count"),
        late_count=("late", "sum"),
    )
    sums["p90_days"] = groups["days"].quantile(0.9)
    return sums.reset_index().assign(period_kind=kind)
