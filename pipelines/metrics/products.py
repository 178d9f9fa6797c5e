"""What is said of products, variants, suppliers and reasons: how risky they are, and what they cost.

Warnings week by week belong in :mod:`pipelines.metrics.warnings`.
"""

from __future__ import annotations

from pipelines.metrics.definition import Metric, Text, in_marts

_UNITS = ("return_rate_by_product", "product_risk_units")
_ALL = (*_UNITS, "product_reasons")
_EXPOSURE = Text("exposure (order lines shipped x developed share)", "曝險筆數（出貨的訂單明細數 × 已到比例）")
_EXCLUDED = ("rto", "not_shipped", "refused", "excess", "twins")

METRICS = (
    Metric(
        key="shrunk_return_rate",
        name=Text("Return rate of the product", "商品退貨率"),
        columns=(*in_marts(_UNITS, "shrunk_return_rate"), "product_reasons.shrunk_return_rate"),
        numerator=Text(
            "order lines of which anything was asked back, drawn towards products of its kind as far as its own sales"
            " say little",
            "有申請退貨的訂單明細數；自身銷量不足以判斷時，向同類商品靠攏",
        ),
        denominator=_EXPOSURE,
        unit="share",
        clock="ordered",
        excluded=_EXCLUDED,
        maturity="exposure",
        interval="true_rate",
        interval_columns=in_marts(_ALL, "rate_lower_90", "rate_upper_90"),
        note=Text(
            "Of the order lines, the share that comes back in the end. A customer decides by the line: a line of 500"
            " units that comes back is one witness, not 500. A product with one sale and one return is not the worst"
            " of the shop: its rate stays near that of its like.",
            "即最終有退貨的訂單明細所占比例。顧客以每筆明細做決定：一筆 500 件的退貨只是一個例證，而非 500 個。"
            "只賣一筆、退一筆的商品並不是全店最差：其退貨率仍接近同類商品。",
        ),
    ),
    Metric(
        key="expected_return_rate",
        name=Text("Return rate of its like", "同類退貨率"),
        columns=in_marts(_ALL, "expected_return_rate"),
        numerator=Text(
            "order lines asked back of its like, in the same mix of categories",
            "同類商品（相同類別組合）中有申請退貨的訂單明細數",
        ),
        denominator=_EXPOSURE,
        unit="share",
        clock="ordered",
        excluded=_EXCLUDED,
        maturity="exposure",
    ),
    Metric(
        key="limit_rate",
        name=Text("Limit", "界限"),
        columns=in_marts(_UNITS, "limit_rate"),
        numerator=Text(
            "1.5 times the rate of its like, or what the merchant set", "同類退貨率的 1.5 倍，或商家自訂的數值"
        ),
        unit="share",
        clock="ordered",
        maturity="exposure",
    ),
    Metric(
        key="probability_above_limit",
        name=Text("Probability above the limit", "高於界限的機率"),
        columns=in_marts((*_UNITS, "early_warnings"), "probability_above_limit"),
        numerator=Text(
            "how probable it is, after all that was seen, that the true rate lies above the limit",
            "依目前所見，真實退貨率高於界限的機率",
        ),
        unit="share",
        clock="ordered",
        excluded=_EXCLUDED,
        maturity="exposure",
        note=Text(
            "“Probably faulty” lists a product by it only where chance is excluded for the list as a whole; the watch"
            " list of the early warning claims no such thing.",
            "「可能有瑕疵」清單只在整份清單可排除偶然時，才依此列出商品；預警的觀察清單則不作此保證。",
        ),
    ),
    Metric(
        key="rate_ratio",
        name=Text("Times its like", "為同類的倍數"),
        columns=in_marts(_ALL, "rate_ratio"),
        numerator=Text("order lines that come back in the end", "最終有退貨的訂單明細數"),
        denominator=Text("order lines expected at the rate of its like", "依同類退貨率預期的訂單明細數"),
        unit="ratio",
        clock="ordered",
        excluded=_EXCLUDED,
        maturity="exposure",
        interval="ratio_lower",
        interval_columns=in_marts(_UNITS, "rate_ratio_lower"),
        note=Text("Drawn towards 1 where little was seen.", "資料少時向 1 靠攏。"),
    ),
    Metric(
        key="expected_excess_quantity",
        name=Text("Returns above its like", "超出同類的退貨"),
        columns=in_marts(_UNITS, "expected_excess_quantity"),
        numerator=Text(
            "units that came or will come back beyond those that the rate of its like would give: units shipped x"
            " difference of the two rates x part of a line's units that comes back with it, on the shop's average",
            "比同類退貨率多出的（已到與將到的）退貨件數：出貨件數 × 兩個退貨率之差 × 全店平均每筆退貨中退回的件數比例",
        ),
        unit="units",
        clock="ordered",
        excluded=_EXCLUDED,
        maturity="exposure",
        interval="excess",
        interval_columns=in_marts(_UNITS, "excess_lower_90", "excess_upper_90"),
    ),
    Metric(
        key="excess_cost_amount",
        name=Text("Cost of returns above its like", "超額退貨的成本"),
        columns=in_marts(_UNITS, "excess_cost_amount"),
        numerator=Text(
            "returns above its like x what one return costs, as the merchant stated it",
            "超出同類的退貨件數 × 商家所填的每件退貨成本",
        ),
        unit="money",
        clock="ordered",
        excluded=_EXCLUDED,
        maturity="exposure",
        note=Text(
            "Empty without the merchant's own costs; “costs you most” then ranks by units and says so.",
            "商家未填成本時留空；「損失最大」清單此時依件數排列並註明。",
        ),
    ),
    Metric(
        key="reason_disproportion",
        name=Text("Times the usual share of the reason", "此原因為平常的倍數"),
        columns=in_marts(("product_reasons",), "shrunk_ratio"),
        numerator=Text("order lines of the product that came back for this reason", "該商品因此原因退貨的訂單明細數"),
        denominator=Text(
            "order lines to expect if its reasons were spread as those of its category",
            "若原因分布與同類別相同，預期的訂單明細數",
        ),
        unit="ratio",
        clock="ordered",
        excluded=("rto", "refused", "excess", "twins"),
        maturity="observed",
        interval="ratio_lower",
        interval_columns=("product_reasons.shrunk_lower",),
        note=Text(
            "Asks whether a reason stands out among the product's returns (EBGM, EB05; DuMouchel 1999). It sees nothing"
            " where every reason rises alike: read it beside the rate.",
            "問的是某原因在該商品的退貨中是否特別多（EBGM、EB05；DuMouchel 1999）。"
            "若各種原因同時上升則看不出來，須與退貨率一起看。",
        ),
    ),
)
"""The definitions of this theme."""
