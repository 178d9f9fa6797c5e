"""Return rates as other systems define them, recomputed from the same rows (``marts.store_rates``).

Each says in a note why it differs from ours; the units by which it differs stand in
``marts.store_rate_differences``.
"""

from __future__ import annotations

from pipelines.metrics.definition import Metric, Text

_COLUMN = ("store_rates.return_rate",)
_ORDERED = Text("units ordered in the month", "該月下單的件數")
_SHIPPED = Text("units shipped of the month's orders", "該月訂單的出貨件數")

METRICS = (
    Metric(
        key="store_rate_shopify",
        name=Text("As Shopify counts", "Shopify 的算法"),
        columns=_COLUMN,
        rows="definition = 'shopify'",
        numerator=Text("units whose return was processed in the month", "該月處理完成的退貨件數"),
        denominator=_ORDERED,
        unit="share",
        clock="processed_over_ordered",
        excluded=("refused", "twins"),
        maturity="uncorrected",
        note=Text(
            "Returns of last month's orders are divided by this month's orders. After a strong month the rate looks"
            " high, in a strong month low, though no customer acted otherwise. Ordered units that never shipped"
            " count as sold.",
            "上個月訂單的退貨除以這個月的訂單：旺季之後看起來偏高，旺季當月偏低，顧客的行為卻沒有改變。"
            "已下單但從未出貨的件數也算作已售。",
        ),
    ),
    Metric(
        key="store_rate_aftership",
        name=Text("As AfterShip counts", "AfterShip 的算法"),
        columns=_COLUMN,
        rows="definition = 'aftership'",
        numerator=Text("units asked back of the month's orders, as seen so far", "該月訂單中目前已申請退貨的件數"),
        denominator=_ORDERED,
        unit="share",
        clock="ordered",
        excluded=("refused", "twins"),
        maturity="uncorrected",
        note=Text(
            "The same clock as ours without the correction: the newest months always look best, because their"
            " returns are still to come. Parcels that never arrived and units that never shipped count as sold.",
            "與我們採用相同的日期，但未修正：最新的月份總是最好看，因為退貨還沒到。"
            "未送達的包裹與從未出貨的件數也算作已售。",
        ),
    ),
    Metric(
        key="store_rate_loop_returns",
        name=Text("As Loop counts on its returns board", "Loop 退貨看板的算法"),
        columns=_COLUMN,
        rows="definition = 'loop_returns'",
        numerator=Text("units requested in the month, refused ones too", "該月申請退貨的件數，含被拒絕的"),
        denominator=_ORDERED,
        unit="share",
        clock="requested_over_ordered",
        excluded=("twins",),
        maturity="uncorrected",
        note=Text(
            "Returns by the day they were requested over orders by the day they were placed, so that both belong to"
            " different customers; refused requests count.",
            "退貨依申請日、訂單依下單日，兩者是不同的顧客；被拒絕的申請也計入。",
        ),
    ),
    Metric(
        key="store_rate_loop_products",
        name=Text("As Loop counts on its products board", "Loop 商品看板的算法"),
        columns=_COLUMN,
        rows="definition = 'loop_products'",
        numerator=Text(
            "units requested of the month's orders, refused ones too", "該月訂單中申請退貨的件數，含被拒絕的"
        ),
        denominator=_ORDERED,
        unit="share",
        clock="ordered",
        excluded=("twins",),
        maturity="uncorrected",
        note=Text(
            "By order month like ours, but refused requests count, nothing is corrected for what is still to come, and"
            " units that never shipped count as sold.",
            "與我們同樣依下單月份，但計入被拒絕的申請、未修正尚未到的退貨，且從未出貨的件數也算作已售。",
        ),
    ),
    Metric(
        key="store_rate_amazon",
        name=Text("As Amazon counts for its fee", "Amazon 費用的算法"),
        columns=_COLUMN,
        rows="definition = 'amazon'",
        numerator=Text(
            "of the units shipped in the month, those returned in it or in the two that follow",
            "該月出貨的商品中，當月及其後兩個月內退回的件數",
        ),
        denominator=Text("units shipped in the month", "該月出貨的件數"),
        unit="share",
        clock="shipped",
        excluded=("refused", "twins"),
        maturity="waits",
        note=Text(
            "Three calendar months: honest about young parcels because it waits, and late for the same reason. A parcel"
            " of the first of the month gets a month more than one of the last.",
            "以三個日曆月計算：因為會等待，對新包裹是誠實的，但也因此較晚才知道。月初的包裹比月底的多一個月的時間。",
        ),
    ),
    Metric(
        key="store_rate_keeprate_observed",
        name=Text("As keeprate counts, uncorrected", "keeprate 的算法（未修正）"),
        columns=_COLUMN,
        rows="definition = 'keeprate_observed'",
        numerator=Text("units asked back of the month's orders", "該月訂單中申請退貨的件數"),
        denominator=_SHIPPED,
        unit="share",
        clock="ordered",
        excluded=("rto", "not_shipped", "refused", "excess", "twins"),
        maturity="observed",
        note=Text(
            "What the others are compared with, unit by unit. Elsewhere it is shown only with its correction.",
            "其他算法逐件與此比較。在其他頁面上，它一定與修正後的數字一起顯示。",
        ),
    ),
)
"""The definitions of this theme."""
