"""Invented customers: who they are, and who places which order.

Belongs here: names, e-mails, phones, addresses (all of them obviously invented), accounts and guests.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.simulate.draws import stream, vocabulary
from pipelines.simulate.shops import Shop

GUEST_PERSON_SHARE = 0.071
GUEST_CHECKOUT_SHARE = 0.01
GIFT_SHARE = 0.12

PERSON_FIELDS = (
    "First Name",
    "Last Name",
    "Company",
    "Street 1",
    "Street 2",
    "Suburb",
    "State",
    "Zip",
    "Country",
    "Phone",
    "Email",
)


def draw_buyers(shop: Shop, order_count: int, seed: int) -> pl.DataFrame:
    """Draw who places each order; a few people order often, most once or twice.

    Args:
        shop: The shop.
        order_count: Number of orders n, in the order of their ids.
        seed: Seed of the simulation.

    Returns:
        n rows: person (0.. in order of first appearance), recipient (person the parcel goes to), is_guest,
        customer_id (0 for a guest), is_billing_blank, is_name_blank.
    """
    rng = stream(seed, shop.merchant_id, "buyers")
    pool = max(4, int(order_count * 0.75))
    activity = rng.gamma(0.8, size=pool)
    drawn = np.searchsorted(np.cumsum(activity), rng.random(order_count) * activity.sum()).clip(max=pool - 1)
    _, first_seen, person = np.unique(drawn, return_index=True, return_inverse=True)
    # Ranks by first appearance: account numbers rise with time.
    rank = np.empty(len(first_seen), dtype=np.int64)
    rank[np.argsort(first_seen)] = np.arange(len(first_seen))
    person = rank[person]
    is_guest_person = rng.random(len(rank)) < GUEST_PERSON_SHARE
    is_guest = is_guest_person[person] | (rng.random(order_count) < GUEST_CHECKOUT_SHARE)
    account = np.cumsum(~is_guest_person) + 1000
    is_gift = rng.random(order_count) < GIFT_SHARE
    return pl.DataFrame(
        {
            "person": person,
            "recipient": np.where(is_gift, rng.integers(0, len(rank), order_count), person),
            "is_guest": is_guest,
            "customer_id": np.where(is_guest, 0, account[person]),
            "is_billing_blank": rng.random(order_count) < 0.10,
            "is_name_blank": is_guest | (rng.random(order_count) < 0.003),
        }
    )


def describe_people(shop: Shop, count: int, seed: int) -> pl.DataFrame:
    """Invent the personal fields of everybody.

    Args:
        shop: The shop.
        count: Number of people n.
        seed: Seed of the simulation.

    Returns:
        n rows with the columns of ``PERSON_FIELDS`` and ``Full Name``, all text.
    """
    words = vocabulary("people")[shop.merchant_id]
    rng = stream(seed, shop.merchant_id, "people")
    number = np.arange(count)

    def pick(key: str) -> np.ndarray:
        return np.array(words[key], dtype=object)[rng.integers(0, len(words[key]), count)]

    def rarely(key: str, share: float) -> np.ndarray:
        return np.where(rng.random(count) < share, pick(key), "")

    low_area, high_area = words["areas"]
    places = np.array(words["places"], dtype=object)[rng.integers(0, len(words["places"]), count)]
    frame = pl.DataFrame(
        {
            "First Name": pick("first").tolist(),
            "Last Name": pick("last").tolist(),
            "Company": rarely("companies", 0.04).tolist(),
            "street": pick("streets").tolist(),
            "house": rng.integers(100, 999, count),
            "Street 2": rarely("seconds", 0.3).tolist(),
            "Suburb": places[:, 0].tolist(),
            "State": places[:, 1].tolist(),
            "Zip": places[:, 2].tolist(),
            "area": rng.integers(low_area, high_area, count),
            "last_digits": rng.integers(0, 100, count),
            "number": number,
        }
    )
    country = pl.lit(vocabulary(shop.merchant_id)["panel"]["country"]).alias("Country")
    digits = pl.col("last_digits").cast(pl.String).str.zfill(2)
    if shop.locale == "en":
        return frame.select(
            "First Name",
            "Last Name",
            "Company",
            pl.format("{} {}", "house", "street").alias("Street 1"),
            "Street 2",
            "Suburb",
            "State",
            "Zip",
            country,
            pl.format("({}) 555-01{}", "area", digits).alias("Phone"),
            pl.format(
                "{}.{}@example.com",
                pl.col("First Name").str.to_lowercase(),
                pl.col("number").cast(pl.String).str.zfill(6),
            ).alias("Email"),
            pl.format("{} {}", "First Name", "Last Name").alias("Full Name"),
        )
    return frame.select(
        "First Name",
        "Last Name",
        "Company",
        pl.format("{}{}號", "street", "house").alias("Street 1"),
        "Street 2",
        "Suburb",
        "State",
        "Zip",
        country,
        pl.format("0{}-555-01{}", "area", digits).alias("Phone"),
        pl.format("kehu{}@example.com", pl.col("number").cast(pl.String).str.zfill(6)).alias("Email"),
        pl.format("{}{}", "Last Name", "First Name").alias("Full Name"),
    )
