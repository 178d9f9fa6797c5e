"""A home with the demo shops as merchants, empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_shops(home: Path) -> None:
    """Make a home, or add the demo shops to it as merchants, each with its language, time zone and currency."""
    from pipelines.settings import new_merchant, write_home
    from pipelines.simulate.shops import SHOPS

    for shop in SHOPS:
        write_home(
            home,
            new_merchant(
                home,
                shop.merchant_id,
                name=shop.name,
                locale=shop.locale,
                timezone=shop.timezone,
                currency_code=shop.currency,
            ),
        )
