"""What becomes of returns and of those who returned: outcomes, retained revenue, cancellations, repurchases."""

from __future__ import annotations

from pipelines.metrics.definition import Metric, Text

_SETTLED = Text("units of returns settled by refund, store credit or exchange", "以退款、購物金或換貨結案的退貨件數")

METRICS = (
    Metric(
        key="return_outcomes",
        name=Text("How returns end", "退貨的結果"),
        columns=("return_outcomes.quantity",),
        numerator=Text(
            "units by outcome: refund, store credit, exchange, repair, refused, never sent, undecided",
            "依結果分的件數：退款、購物金、換貨、維修、拒絕、從未寄回、未定",
        ),
        unit="units",
        clock="ordered",
        excluded=("twins",),
        maturity="observed",
        note=Text(
            "By the day of the request where the order is not loaded. Young periods hold many undecided ones.",
            "訂單未載入時依申請日。較新的期間有許多尚未決定。",
        ),
    ),
    Metric(
        key="retained_revenue_ratio",
        name=Text("Retained revenue", "留住的營收"),
        columns=("retained_revenue.retained_revenue_ratio",),
        numerator=Text(
            "value of returned goods that stayed as exchange or store credit", "退貨商品中以換貨或購物金留住的金額"
        ),
        denominator=Text("value of goods of settled returns", "已結案退貨的商品金額"),
        unit="share",
        clock="ordered",
        excluded=("undecided", "repairs", "refused", "twins", "no_currency_rate"),
        maturity="complete",
        note=Text("Retained and refunded add up to the whole.", "留住與退款的金額合計為全部。"),
    ),
    Metric(
        key="exchange_ratio",
        name=Text("Exchanged share", "換貨比例"),
        columns=("retained_revenue.exchange_ratio",),
        numerator=Text("units exchanged", "換貨的件數"),
        denominator=_SETTLED,
        unit="share",
        clock="ordered",
        excluded=("undecided", "repairs", "refused", "twins"),
        maturity="complete",
    ),
)
"""The definitions of this theme."""
