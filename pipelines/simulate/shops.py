"""The two demo shops: who they are and how their exports look.

Belongs here: identity, and the properties of a shop's files (column order, date format, line end, shares of
special orders). What a shop sells and says lives in ``data/<merchant_id>.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Shop:
    """A demo merchant as a configuration needs it.

    Attributes:
        merchant_id: Folder name and key of the merchant.
        name: Display name.
        locale: BCP 47 language tag of the shop's texts.
        timezone: IANA zone of every date in the shop's files.
        currency: ISO 4217 code of the shop's own currency.
        costs: What a returned unit costs the shop, by the names of keeprate.toml; empty where it never counted.
    """

    merchant_id: str
    name: str
    locale: str
    timezone: str
    currency: str
    costs: Mapping[str, float] = field(default_factory=dict)


SHOPS: tuple[Shop, ...] = (
    Shop(
        "fashion",
        "Marlow & Finch",
        "en",
        "America/New_York",
        "USD",
        {"return_shipping": 6.95, "handling": 2.5, "write_down_share": 0.15},
    ),
    Shop("home", "晴日家電生活", "zh-Hant", "Asia/Taipei", "TWD"),
)


@dataclass(frozen=True)
class ExportStyle:
    """How a shop's files differ from another shop's.

    Attributes:
        order_share: Share of all simulated orders, 0-1; the shares of all shops add up to 1.
        first_order_id: Where the order ids of the shop begin.
        is_multistorefront: Column order of a multi-storefront export with form fields, instead of the default
            one.
        date_format: strftime pattern of the dates in the orders file.
        line_end: Characters between records.
        message_line_end: Characters between the lines of a customer's message (browsers submit CRLF).
        tax_share: Share of orders that book 5 % tax inside their prices, 0-1.
        foreign_rates: Currency code to units of it per unit of the shop's currency.
        foreign_share: Share of orders placed in one of those currencies, 0-1.
        price_step: Smallest price step in hundredths (100 = whole units).
        free_shipping_from: Subtotal in hundredths from which shipping is free.
        shipping_fees: Fees in hundredths below that.
    """

    order_share: float
    first_order_id: int
    is_multistorefront: bool
    date_format: str
    line_end: str
    message_line_end: str
    tax_share: float
    foreign_rates: dict[str, float]
    foreign_share: float
    price_step: int
    free_shipping_from: int
    shipping_fees: tuple[int, ...]


STYLES: dict[str, ExportStyle] = {
    "fashion": ExportStyle(
        order_share=0.6,
        first_order_id=100_001,
        is_multistorefront=False,
        date_format="%d/%m/%Y",
        line_end="\r\n",
        message_line_end="\r\n",
        tax_share=0.0,
        foreign_rates={},
        foreign_share=0.0,
        price_step=1,
        free_shipping_from=75_00,
        shipping_fees=(7_95, 9_95, 12_95),
    ),
    "home": ExportStyle(
        order_share=0.4,
        first_order_id=20_500_001,
        is_multistorefront=True,
        date_format="%m/%d/%Y",
        line_end="\n",
        message_line_end="\n",
        tax_share=0.3,
        foreign_rates={"USD": 0.0312, "HKD": 0.2438, "JPY": 4.72},
        foreign_share=0.004,
        price_step=100,
        free_shipping_from=1500_00,
        shipping_fees=(60_00, 80_00, 120_00),
    ),
}
