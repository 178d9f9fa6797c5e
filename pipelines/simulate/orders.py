"""What is ordered: the lines of each order, its money, and the texts that come with it.

Belongs here: everything fixed at the moment of ordering. Not here: shipping and status (``fulfilment``),
refunds.

Money is in hundredths of the order's currency. Prices include tax. An order in a foreign currency carries
units of that currency per unit of the shop's own as its exchange rate, and all of its amounts are in the
foreign currency.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.simulate.catalogue import Catalogue, draw_variants
from pipelines.simulate.demand import draw_order_dates
from pipelines.simulate.draws import choose, choose_text, pick_share, stream, vocabulary
from pipelines.simulate.people import draw_buyers
from pipelines.simulate.shops import STYLES, Shop

REPEAT_SHARE = 0.006
IDENTICAL_REPEAT_SHARE = 0.15
GIFT_OPTION_SHARE = 0.015
DISCOUNT_SHARE = 0.12
BULK_SHARE = 0.0004
# How the order was won; no column of the orders export tells it, the aggregator's report does.
CAMPAIGNS = (("", 0.55), ("newsletter", 0.15), ("search-brand", 0.12), ("social-video", 0.10), ("affiliate-deal", 0.08))
FULL_CERTIFICATE_SHARE = 0.0015
PART_CERTIFICATE_SHARE = 0.006
HIDDEN_DISCOUNT_SHARE = 0.001
STORE_CREDIT_SHARE = 0.01
TAX_RATE = 0.05


def draw_orders(
    shop: Shop, catalogue: Catalogue, order_count: int, start: dt.date, until: dt.date, seed: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw a shop's orders and their lines.

    Args:
        shop: The shop.
        catalogue: What it sells.
        order_count: Number of orders n.
        start: First day of orders.
        until: Day after the last day.
        seed: Seed of the simulation.

    Returns:
        Orders (n rows, ascending order_id and order_date; buyers, money in hundredths, texts) and lines
        (order = row of the order, position, variant, quantity, unit_cents, total_cents, has_gift_option,
        is_bracket, is_after = bought from the revised pages).
    """
    style = STYLES[shop.merchant_id]
    dates = draw_order_dates(shop, order_count, start, until, seed)
    rng = stream(seed, shop.merchant_id, "orders")
    # Checkouts that were left behind use up ids too.
    order_id = style.first_order_id + np.cumsum(rng.geometric(0.72, order_count)) - 1
    orders = draw_buyers(shop, order_count, seed).with_columns(
        pl.Series("order_id", order_id), pl.Series("order_date", dates)
    )
    orders = orders.with_columns(_currencies(shop, dates, rng))
    lines = _draw_lines(shop, catalogue, orders, stream(seed, shop.merchant_id, "lines"))
    orders = _with_money(shop, orders, lines, stream(seed, shop.merchant_id, "money"))
    return _with_texts(shop, orders, stream(seed, shop.merchant_id, "texts")), lines


def _currencies(shop: Shop, dates: NDArray[np.datetime64], rng: np.random.Generator) -> list[pl.Series]:
    """Draw the few foreign orders; the exchange rate moves a little from day to day."""
    style = STYLES[shop.merchant_id]
    currency = np.full(len(dates), shop.currency, dtype=object)
    rate = np.ones(len(dates))
    if style.foreign_rates:
        foreign = pick_share(rng, np.arange(len(dates)), style.foreign_share, minimum=2)
        codes = list(style.foreign_rates)
        currency[foreign] = [codes[i] for i in rng.integers(0, len(codes), len(foreign))]
        day = dates[foreign].astype(np.int64)
        swing = 1 + 0.02 * np.sin(day / 40) + 0.003 * np.cos(day / 3)
        rate[foreign] = np.round([style.foreign_rates[code] for code in currency[foreign]] * swing, 10)
    return [pl.Series("currency", currency.tolist()), pl.Series("exchange_rate", rate)]


def _draw_lines(shop: Shop, catalogue: Catalogue, orders: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    words = vocabulary(shop.merchant_id)
    counts = 1 + choose(rng, words["lines_per_order"], len(orders))
    order = np.repeat(np.arange(len(orders)), counts)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    months = orders["order_date"].dt.month().cast(pl.Int64).to_numpy()[order]
    variant = draw_variants(catalogue, months, rng)
    quantity = 1 + choose(rng, words["quantities"], len(order))
    is_bracket = np.zeros(len(order), dtype=bool)

    several = first[counts > 1]
    bracket = _draw_brackets(catalogue, variant, several, words["bracket_share"], rng)
    is_bracket[bracket] = is_bracket[bracket + 1] = True
    quantity[bracket] = quantity[bracket + 1] = 1
    _repeat_products(catalogue, variant, np.setdiff1d(several, bracket), len(orders), rng)
    plain = np.setdiff1d(np.arange(len(order)), np.concatenate([several, several + 1]))
    _order_in_bulk(quantity, plain, len(orders), rng)
    custom = pick_share(rng, plain, words["custom_share"] * len(order) / max(1, len(plain)), minimum=1)
    variant[custom] = rng.choice(catalogue.custom_variants, len(custom))

    has_gift_option = np.zeros(len(order), dtype=bool)
    gift = pick_share(rng, np.setdiff1d(np.arange(len(order)), custom), GIFT_OPTION_SHARE)
    has_gift_option[gift] = True
    unit = _unit_prices(shop, catalogue, orders, order, variant, rng)
    return pl.DataFrame(
        {
            "order": order,
            "position": np.arange(len(order)) - first[order],
            "variant": variant,
            "quantity": quantity,
            "unit_cents": unit,
            "total_cents": unit * quantity,
            "has_gift_option": has_gift_option,
            "is_bracket": is_bracket,
            "is_after": _is_after(catalogue, orders["order_date"].to_numpy()[order]),
        }
    )


def _is_after(catalogue: Catalogue, order_date: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Tell which lines were bought from the revised pages."""
    if catalogue.revision_date is None:
        return np.zeros(len(order_date), dtype=bool)
    return order_date >= np.datetime64(catalogue.revision_date)


def _order_in_bulk(
    quantity: NDArray[np.intp], plain: NDArray[np.intp], order_count: int, rng: np.random.Generator
) -> None:
    """Let a few orders of one line be of many units, as of a company that gives presents."""
    bulk = pick_share(rng, plain, BULK_SHARE * order_count / max(1, len(plain)), minimum=1)
    quantity[bulk] = rng.integers(8, 15, len(bulk))


def _draw_brackets(
    catalogue: Catalogue,
    variant: NDArray[np.intp],
    several: NDArray[np.intp],
    share: float,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Make some second lines the next size of the first line, as customers do who want to choose at home."""
    product = catalogue.variants["product"].to_numpy()
    sizes = catalogue.products["size_count"].to_numpy()
    is_sized = sizes[product[variant[several]]] >= 5
    bracket = pick_share(rng, several[is_sized], share)
    position = catalogue.variants["size_position"].to_numpy()[variant[bracket]]
    count = sizes[product[variant[bracket]]]
    variant[bracket + 1] = variant[bracket] - position + (position + 1) % count
    return bracket


def _repeat_products(
    catalogue: Catalogue,
    variant: NDArray[np.intp],
    several: NDArray[np.intp],
    order_count: int,
    rng: np.random.Generator,
) -> None:
    """Let some orders hold one product twice, sometimes the very same variant."""
    repeat = pick_share(rng, several, REPEAT_SHARE * order_count / max(1, len(several)), minimum=2)
    product = catalogue.variants["product"].to_numpy()[variant[repeat]]
    first = catalogue.products["first_variant"].to_numpy()[product]
    next_first = np.append(catalogue.products["first_variant"].to_numpy(), catalogue.custom_variants[0])
    count = next_first[product + 1] - first
    variant[repeat + 1] = first + (variant[repeat] - first + 1) % count
    identical = pick_share(rng, repeat, IDENTICAL_REPEAT_SHARE, minimum=1)
    variant[identical + 1] = variant[identical]


def _unit_prices(
    shop: Shop,
    catalogue: Catalogue,
    orders: pl.DataFrame,
    order: NDArray[np.intp],
    variant: NDArray[np.intp],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Take list prices, mark some down, round to the shop's step, convert foreign orders."""
    step = STYLES[shop.merchant_id].price_step
    price = catalogue.variants["list_cents"].to_numpy()[variant].astype(float)
    if catalogue.revision_date is not None:
        is_after = _is_after(catalogue, orders["order_date"].to_numpy()[order])
        price = np.where(is_after, catalogue.variants["list_cents_after"].to_numpy()[variant], price)
    markdown = np.array([0.10, 0.15, 0.20, 0.30])[rng.integers(0, 4, len(order))]
    price *= np.where(rng.random(len(order)) < DISCOUNT_SHARE, 1 - markdown, 1.0)
    price = np.rint(price / step) * step
    return np.rint(price * orders["exchange_rate"].to_numpy()[order]).astype(np.int64)


def _with_money(shop: Shop, orders: pl.DataFrame, lines: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    style = STYLES[shop.merchant_id]
    count = len(orders)
    everyone = np.arange(count)
    rate = orders["exchange_rate"].to_numpy()

    def foreign(cents: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.rint(cents * rate).astype(np.int64)

    order = lines["order"].to_numpy()
    subtotal = np.bincount(order, lines["total_cents"].to_numpy(), count).astype(np.int64)
    fee = np.array(style.shipping_fees)[rng.integers(0, len(style.shipping_fees), count)]
    shipping = np.where(subtotal / rate >= style.free_shipping_from, 0, foreign(fee))
    handling = foreign(np.where(rng.random(count) < 0.01, 2_50 * (20 if style.price_step == 100 else 1), 0))
    is_taxed = rng.random(count) < style.tax_share

    def without_tax(cents: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.where(is_taxed, np.rint(cents / (1 + TAX_RATE)).astype(np.int64), cents)

    gross = subtotal + shipping + handling
    certificate = np.zeros(count, dtype=np.int64)
    full = pick_share(rng, everyone, FULL_CERTIFICATE_SHARE, minimum=1)
    part = pick_share(rng, np.setdiff1d(everyone, full), PART_CERTIFICATE_SHARE)
    certificate[full] = gross[full]
    certificate[part] = np.minimum(foreign(np.full(count, 25_00 * (20 if style.price_step == 100 else 1))), gross)[part]
    # A discount that no column shows: seen in real exports, so the order total alone proves nothing.
    hidden = np.zeros(count, dtype=np.int64)
    can_hide = np.flatnonzero(certificate == 0)
    hidden_orders = pick_share(rng, can_hide, HIDDEN_DISCOUNT_SHARE)
    hidden[hidden_orders] = (subtotal[hidden_orders] // 10) // style.price_step * style.price_step
    credit = np.where(rng.random(count) < STORE_CREDIT_SHARE, subtotal // 5 // style.price_step * style.price_step, 0)
    subtotal_ex, shipping_ex, handling_ex = map(without_tax, (subtotal, shipping, handling))
    tax = gross - subtotal_ex - shipping_ex - handling_ex
    total = gross - certificate - hidden
    return orders.with_columns(
        pl.Series("subtotal_inc", subtotal),
        pl.Series("subtotal_ex", subtotal_ex),
        pl.Series("tax", tax),
        pl.Series("shipping_inc", shipping),
        pl.Series("shipping_ex", shipping_ex),
        pl.Series("handling_inc", handling),
        pl.Series("handling_ex", handling_ex),
        pl.Series("total_inc", total),
        pl.Series("total_ex", np.maximum(total - tax, 0)),
        pl.Series("total_quantity", np.bincount(order, lines["quantity"].to_numpy(), count).astype(np.int64)),
        pl.Series("store_credit", credit),
        pl.Series("certificate", certificate),
        pl.Series("is_discount_hidden", hidden > 0),
    )


def _with_texts(shop: Shop, orders: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    panel = vocabulary(shop.merchant_id)["panel"]
    line_end = STYLES[shop.merchant_id].message_line_end
    count = len(orders)
    everyone = np.arange(count)

    def sparse(texts: list[str], share: float) -> list[str]:
        column = np.full(count, "", dtype=object)
        chosen = pick_share(rng, everyone, share, minimum=len(texts) if count >= 200 else 0)
        column[chosen] = np.array(texts, dtype=object)[rng.permutation(np.arange(len(chosen)) % len(texts))]
        return column.tolist()

    channel = choose(rng, [row[-1] for row in panel["channels"]], count)
    campaign = choose_text(rng, CAMPAIGNS, count)
    paid_in_full = ((orders["certificate"] > 0) & (orders["total_inc"] == 0)).to_numpy()
    payment = np.where(paid_in_full, panel["gift_payment"], choose_text(rng, panel["payments"], count))
    code = [f"GC-{n:06d}" for n in rng.integers(0, 1_000_000, count)]
    purchase_order = [f"PO-{n:05d}" for n in rng.integers(0, 100_000, count)]
    return orders.with_columns(
        pl.Series("ship_method", choose_text(rng, panel["ship_methods"], count).tolist()),
        pl.Series("payment_method", payment.tolist()),
        pl.Series("channel_id", [panel["channels"][i][0] for i in channel]),
        pl.Series("channel_name", [panel["channels"][i][1] for i in channel]),
        pl.Series("campaign", campaign.tolist()),
        pl.Series("message", [text.replace("\n", line_end) for text in sparse(panel["messages"], 0.03)]),
        pl.Series("notes", sparse(panel["notes"], 0.015)),
        pl.when(pl.col("certificate") > 0)
        .then(pl.Series("certificate_code", code))
        .otherwise(pl.lit(""))
        .alias("certificate_code"),
        pl.when(pl.Series(rng.random(count) < 0.03))
        .then(pl.Series("purchase_order", purchase_order))
        .otherwise(pl.lit(""))
        .alias("purchase_order"),
    )
