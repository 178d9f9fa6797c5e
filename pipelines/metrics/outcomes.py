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
    Metric(
        key="cancellation_rate",
        name=Text("Cancelled before shipping", "出貨前取消比例"),
        columns=("order_cancellations.cancellation_rate",),
        numerator=Text(
            "orders called off before anything left, by who did it and why as far as sources tell",
            "出貨前取消的訂單；依資料所知，分取消者與原因",
        ),
        denominator=Text("all orders placed in the month", "該月所有訂單"),
        unit="share",
        clock="ordered",
        excluded=("cancelled_later",),
        maturity="observed",
        note=Text(
            "Neither a return nor an undelivered parcel: nothing was sent. Where a source does not say who cancelled,"
            " unknown stands.",
            "既非退貨也非未送達：商品從未寄出。資料未說明由誰取消時，列為不明。",
        ),
    ),
    Metric(
        key="repurchase_rate",
        name=Text("Bought again within 90 days", "90 天內再次購買"),
        columns=("repurchases.returner_repurchase_rate", "repurchases.comparison_repurchase_rate"),
        numerator=Text(
            "customers who bought again: those after their first return, and buyers of like orders who kept everything",
            "再次購買的顧客：首次退貨之後的顧客，以及訂單相似但沒有退貨的買家",
        ),
        denominator=Text("customers of either group", "各組的顧客"),
        unit="share",
        clock="after_return",
        excluded=("guests", "unmatched", "not_followed"),
        maturity="waits",
        note=Text(
            "Below 20 customers on either side there is no number.",
            "任一組不足 20 位顧客時不給數字。",
        ),
    ),
    Metric(
        key="repurchase_rate_difference",
        name=Text("Difference in buying again", "再次購買的差距"),
        columns=("repurchases.repurchase_rate_difference",),
        numerator=Text(
            "share of returners who bought again less that of the buyers they are compared with",
            "退貨顧客的再購比例減去對照買家的比例",
        ),
        unit="points",
        clock="after_return",
        excluded=("guests", "unmatched", "not_followed"),
        maturity="waits",
        interval="difference",
        interval_columns=("repurchases.difference_lower", "repurchases.difference_upper"),
        note=Text(
            "A comparison of like with like, no proof that the return was the cause.",
            "這是相似顧客之間的比較，不能證明退貨就是原因。",
        ),
    ),
)
"""The definitions of this theme."""
