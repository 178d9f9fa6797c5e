"""Return rates of orders by week, period, product and reason, and how far they have developed.

What is said of single products belongs in :mod:`pipelines.metrics.products`.
"""

from __future__ import annotations

from pipelines.metrics.definition import Metric, Text, in_marts

_COHORTS = ("return_rate_weekly", "return_rate_overall", "return_rate_by_reason")
_CHANGES = ("rate_changes", "rate_change_parts")
_PRODUCTS = ("return_rate_by_product", "product_risk_units")
_SHIPPED = Text("units shipped", "出貨件數")
_RETURNED = Text("units asked back of these orders", "這些訂單中申請退貨的件數")
_EXCLUDED = ("rto", "not_shipped", "refused", "excess", "twins")

METRICS = (
    Metric(
        key="projected_return_rate",
        name=Text("Return rate", "退貨率"),
        columns=in_marts(_COHORTS, "projected_return_rate"),
        numerator=Text(
            "units of these orders that were asked back or are expected to be", "這些訂單中已申請與預期將申請退貨的件數"
        ),
        denominator=_SHIPPED,
        unit="share",
        clock="ordered",
        excluded=_EXCLUDED,
        maturity="projected",
        interval="final_observed",
        interval_columns=(
            *in_marts(
                ("return_rate_weekly", "return_rate_overall"),
                "projected_lower_80",
                "projected_upper_80",
                "projected_lower_90",
                "projected_upper_90",
            ),
            *in_marts(("return_rate_by_reason",), "projected_lower_90", "projected_upper_90"),
        ),
        note=Text(
            "The rate that keeprate speaks of where nothing else is said. Empty where there is not enough evidence.",
            "未另說明時，keeprate 所指的就是這個退貨率。證據不足時留空。",
        ),
    ),
    Metric(
        key="observed_return_rate",
        name=Text("Return rate so far", "目前退貨率"),
        columns=(
            *in_marts((*_COHORTS, *_PRODUCTS), "observed_return_rate"),
            *in_marts(_CHANGES, "before_observed_rate", "after_observed_rate"),
        ),
        numerator=_RETURNED,
        denominator=_SHIPPED,
        unit="share",
        clock="ordered",
        excluded=_EXCLUDED,
        maturity="observed",
        note=Text(
            "Never shown by itself while the orders are young.",
            "訂單尚新時不會單獨顯示。",
        ),
    ),
    Metric(
        key="developed_share",
        name=Text("Returns in so far", "已到比例"),
        columns=(
            *in_marts((*_COHORTS, *_PRODUCTS, "product_reasons"), "developed_share"),
            *in_marts(_CHANGES, "before_developed_share", "after_developed_share"),
        ),
        numerator=Text(
            "exposure: each unit counts as the share of its returns that can have come by its age",
            "曝險件數：每件依其天數下退貨可能已到的比例計入",
        ),
        denominator=_SHIPPED,
        unit="share",
        clock="delivered",
        excluded=("rto", "not_shipped"),
        maturity="itself",
        note=Text("Below 30 % a number is marked as young.", "低於 30% 時標示為資料尚新。"),
    ),
    Metric(
        key="developed_share_by_age",
        name=Text("How fast returns come", "退貨到來的速度"),
        columns=("return_development.developed_share",),
        numerator=Text("returns requested by this age", "到此天數為止已申請的退貨"),
        denominator=Text("all returns that come within the horizon", "期限內所有的退貨"),
        unit="share",
        clock="delivered",
        excluded=("rto", "refused", "twins"),
        maturity="exposure",
        interval="developed",
        interval_columns=in_marts(("return_development",), "lower_90", "upper_90"),
        note=Text(
            "Measured from delivery, or from shipping and the carrier's median where delivery is unknown. The"
            " horizon is the return window, transit and processing. Small groups are drawn towards the shop's own"
            " curve.",
            "自送達日起算；送達日不明時，以出貨日加上該物流商的中位數天數計算。"
            "期限為退貨期限加上運送與處理時間。小類別會向全店的曲線靠攏。",
        ),
    ),
    Metric(
        key="refund_value_rate",
        name=Text("Refunded share of order value", "退款金額比例"),
        columns=("refund_ledger.refund_value_rate",),
        numerator=Text("money paid back on these orders", "這些訂單已退還的金額"),
        denominator=Text("order totals", "訂單總額"),
        unit="share",
        clock="ordered",
        excluded=("no_currency_rate",),
        maturity="observed",
        note=Text(
            "Money, not goods: a refund can happen without a return, and a return without a refund.",
            "這是金額而非商品：退款未必有退貨，退貨也未必有退款。",
        ),
    ),
)
"""The definitions of this theme."""
