"""The policy file: the versions of a shop's return policy, as the merchant writes them down.

Belongs here: the text of that file.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.simulate.policies import PolicyVersion
from pipelines.simulate.shops import Shop

_TEXTS = {
    "en": "Send goods back within {days} days of delivery. {payer} Goods must be unworn, with tags. {exchange}",
    "zh-Hant": "到貨後{days}天內可退貨。{payer}商品須保持全新, 包裝完整。{exchange}",
}
_WORDS = {
    "en": {
        True: "Labels are free.",
        False: "Labels are free where we are at fault; if you change your mind, you pay the label.",
        "same_price": "We exchange for goods of the same price.",
        "any": "We exchange for anything in the shop.",
        "conditions": "unworn, with tags",
    },
    "zh-Hant": {
        True: "退貨運費由本店負擔。",
        False: "商品瑕疵由本店負擔運費, 個人因素退貨請自付運費。",
        "same_price": "僅可換同價商品。",
        "any": "可換店內任何商品。",
        "conditions": "全新未使用, 包裝完整",
    },
}


def write_policies(path: Path, shop: Shop, versions: tuple[PolicyVersion, ...]) -> None:
    """Write the versions, the oldest first.

    Args:
        path: File to write.
        shop: The shop.
        versions: Its versions, by valid_from.
    """
    words = _WORDS[shop.locale]
    blocks = [f"# Return policy of {shop.name}. Each version holds until the next one begins.\n"]
    for version in versions:
        text = _TEXTS[shop.locale].format(
            days=version.window_days,
            payer=words[version.is_change_of_mind_free],
            exchange=words[version.exchange_rule],
        )
        payer = "merchant" if version.is_change_of_mind_free else "customer"
        blocks.append(
            f"""
[[versions]]
id = "{version.version_id}"
valid_from = {version.valid_from.isoformat()}
window_days = {version.window_days}
window_clock = "delivered"
payer = {{ changed_mind = "{payer}", default = "merchant" }}
exchange = "{words[version.exchange_rule]}"
conditions = "{words["conditions"]}"
text = "{text}"
"""
        )
    path.write_text("".join(blocks), encoding="utf-8")
