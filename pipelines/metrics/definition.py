"""What a metric's definition holds, and the words that many definitions share.

A definition stands in the module of its theme (``pipelines/metrics/<theme>.py``). How a definition is shown belongs in
:mod:`pipelines.metrics.wording`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """One text in the languages that pages and reports are written in.

    Attributes:
        en: English.
        zh_hant: Chinese in traditional characters.
    """

    en: str
    zh_hant: str

    def spoken(self, tag: str) -> str:
        """The text in the language of a catalogue's tag; English for a tag that is not known."""
        return self.zh_hant if tag == "zh-Hant" else self.en


UNITS: dict[str, Text] = {
    "share": Text("share, 0 to 1, shown as percent", "比例（0 至 1，以百分比顯示）"),
    "points": Text("difference of shares, shown as percentage points", "比例的差，以百分點顯示"),
    "ratio": Text("ratio, 1 means as expected", "比值，1 表示與預期相同"),
    "units": Text("units of goods", "件數"),
    "lines": Text("order lines; a line counts once, however many units it holds", "訂單明細數（每筆無論幾件只計一次）"),
    "days": Text("days", "天數"),
    "money": Text("money in the merchant's currency", "金額（商家幣別）"),
}
"""What a number is counted in."""

CLOCKS: dict[str, Text] = {
    "ordered": Text("the day the order was placed", "下單日"),
    "shipped": Text("the day the parcel was shipped", "出貨日"),
    "delivered": Text("the day the parcel arrived", "送達日"),
    "requested_over_ordered": Text(
        "returns by the day they were requested, orders by the day they were placed",
        "退貨依申請日，訂單依下單日",
    ),
    "processed_over_ordered": Text(
        "returns by the day they were processed, orders by the day they were placed",
        "退貨依處理日，訂單依下單日",
    ),
    "after_return": Text(
        "90 days from the return; for the others from as many days after their order",
        "自退貨起 90 天；對照者自下單後相同天數起算",
    ),
    "leg": Text("the day the leg of the way began", "該段路程開始之日"),
    "loaded": Text("none: all that is loaded", "無：所有已載入的資料"),
}
"""Which day puts a unit into a period."""

EXCLUSIONS: dict[str, Text] = {
    "rto": Text("parcels that came back undelivered (RTO)", "未送達而退回的包裹（RTO）"),
    "not_shipped": Text("cancelled and never shipped orders", "已取消或從未出貨的訂單"),
    "refused": Text("requests that were rejected or cancelled", "被拒絕或已取消的退貨申請"),
    "excess": Text("units asked back beyond those shipped", "超過出貨件數的退貨申請"),
    "twins": Text("returns that two sources tell of count once", "兩個來源重複記錄的退貨只計一次"),
    "undecided": Text("returns that are not decided yet", "尚未決定結果的退貨"),
    "repairs": Text("repaired goods", "已修復的商品"),
    "cancelled_later": Text(
        "orders cancelled after shipping, single lines struck from an order", "出貨後取消的訂單、訂單中被刪去的單項"
    ),
    "guests": Text("guest orders, of which nobody knows who comes back", "訪客訂單（無法得知是否再次購買）"),
    "unmatched": Text("returners to whom no buyer is alike", "找不到相似買家的退貨顧客"),
    "not_followed": Text("customers not yet followed for 90 days", "尚未滿 90 天的顧客"),
    "undated": Text("what has no date on this clock", "沒有該日期的項目"),
    "no_promise": Text("parcels without a promised date", "沒有承諾送達日的包裹"),
    "no_currency_rate": Text("amounts without an exchange rate", "沒有匯率的金額"),
}
"""What is not counted."""

MATURITY: dict[str, Text] = {
    "observed": Text(
        "as seen so far: too low while returns are still to come; read it only with the developed share",
        "目前為止的數字：退貨尚未到齊前會偏低，須與「已到比例」一起看",
    ),
    "projected": Text(
        "projected to its end: what is still to come is estimated from how fast this merchant's returns come",
        "推估至最終：依該商家退貨到來的速度，估計尚未到的部分",
    ),
    "exposure": Text(
        "corrected: a unit counts as far as its returns can have come by its age",
        "已修正：每件商品依其天數下退貨可能已到的比例計入",
    ),
    "contemporaneous": Text(
        "needs no correction: what was sold is compared with what else was delivered in the same week",
        "無須修正：與同一週送達的其他商品比較",
    ),
    "waits": Text("none: it waits until the period is over", "不修正：等到期間結束才計算"),
    "uncorrected": Text("none, as the other system has it", "不修正，與該系統相同"),
    "complete": Text("none needed: what is counted is over", "無須修正：計入的都已結束"),
    "itself": Text("it is the correction", "它本身就是修正量"),
}
"""What is done about returns that are still to come."""

INTERVALS: dict[str, Text] = {
    "none": Text("none", "無"),
    "final_observed": Text(
        "80 % and 90 %: where the rate that is counted in the end will lie, chance of what is to come included",
        "80% 與 90%：最終計得的退貨率所在範圍，已包含後續退貨的偶然性",
    ),
    "true_rate": Text(
        "90 %: where the true rate lies, which unlimited sales would show",
        "90%：真實退貨率所在範圍（即銷量無限時會看到的退貨率）",
    ),
    "developed": Text("90 %: where the true developed share lies", "90%：真實已到比例所在範圍"),
    "ratio_lower": Text(
        "lower end of 90 %: with 95 % probability the true ratio is higher", "90% 區間的下限：真實比值有 95% 的機率更高"
    ),
    "excess": Text("90 %: where the true excess lies", "90%：真實超額件數所在範圍"),
    "multiplier": Text("90 %: where the true multiple lies", "90%：真實倍數所在範圍"),
    "expected": Text("90 %: where a week without a problem lies", "90%：沒有問題的一週所在範圍"),
    "part": Text(
        "90 %: where the part lies that the true rates have; counting, weeks and the curve's error included",
        "90%：真實退貨率所造成的部分所在範圍，已含計數、各週波動與曲線的誤差",
    ),
    "difference": Text("95 %: where the true difference lies", "95%：真實差距所在範圍"),
}
"""What an interval around the number is about: its target is always named."""


@dataclass(frozen=True)
class Metric:
    """The contract of one published number.

    Attributes:
        key: name by which pages and reports ask for the definition.
        name: what readers see.
        columns: the columns that hold it, ``mart.column``.
        numerator: what is counted, or how the number is made.
        unit: a key of :data:`UNITS`.
        clock: a key of :data:`CLOCKS`.
        maturity: a key of :data:`MATURITY`.
        denominator: what it is divided by; None for a number that is no quotient.
        excluded: keys of :data:`EXCLUSIONS`.
        interval: a key of :data:`INTERVALS`.
        interval_columns: columns with ends of its interval, ``mart.column``.
        rows: which rows of the columns are meant, where one column holds several metrics.
        note: what else must be known.
    """

    key: str
    name: Text
    columns: tuple[str, ...]
    numerator: Text
    unit: str
    clock: str
    maturity: str
    denominator: Text | None = None
    excluded: tuple[str, ...] = ()
    interval: str = "none"
    interval_columns: tuple[str, ...] = ()
    rows: str = ""
    note: Text | None = None


def in_marts(marts: tuple[str, ...], *names: str) -> tuple[str, ...]:
    """The same columns of several marts, as ``mart.column``."""
    return tuple(f"{mart}.{name}" for mart in marts for name in names)
