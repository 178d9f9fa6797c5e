"""What is said of changes: early warnings week by week, and why a rate differs between two periods."""

from __future__ import annotations

from pipelines.metrics.definition import Metric, Text, in_marts

_EXCLUDED = ("rto", "not_shipped", "refused", "excess", "twins")
_CHANGES = ("rate_changes", "rate_change_parts")

METRICS = (
    Metric(
        key="rate_multiplier",
        name=Text("Times what was to be expected", "為預期的倍數"),
        columns=("early_warnings.rate_multiplier",),
        numerator=Text(
            "order lines with returns, of those sold since the problem began", "問題開始後售出而有退貨的訂單明細數"
        ),
        denominator=Text(
            "order lines with returns to expect from its own past and from what its like did in the same weeks",
            "依其自身過去與同類商品同週情形所預期的有退貨的訂單明細數",
        ),
        unit="ratio",
        clock="delivered",
        excluded=_EXCLUDED,
        maturity="contemporaneous",
        interval="multiplier",
        interval_columns=in_marts(("early_warnings",), "multiplier_lower_90", "multiplier_upper_90"),
    ),
    Metric(
        key="expected_returns_of_week",
        name=Text("Returns to expect in the week", "該週預期退貨"),
        columns=("early_warning_weeks.expected_line_count", "early_warnings.expected_line_count"),
        numerator=Text(
            "order lines with returns to expect from its own past and from what its like did in the same weeks",
            "依其自身過去與同類商品同週情形所預期的有退貨的訂單明細數",
        ),
        unit="lines",
        clock="delivered",
        excluded=_EXCLUDED,
        maturity="contemporaneous",
        interval="expected",
        interval_columns=in_marts(("early_warning_weeks",), "expected_lower_90", "expected_upper_90"),
    ),
    Metric(
        key="chance_of_false_alarm",
        name=Text("Chance of a false alarm", "誤報機率"),
        columns=("early_warnings.chance_of_false_alarm",),
        numerator=Text(
            "share of false alarms to expect among flags of its strength", "同樣強度的警示中，預期為誤報的比例"
        ),
        unit="share",
        clock="delivered",
        maturity="contemporaneous",
        note=Text(
            "Over all flags together at most a tenth is expected to be false, whatever week one looks. The watch"
            " list has no such promise, so that it has no value there.",
            "無論哪一週查看，所有警示合計預期至多十分之一為誤報。觀察清單沒有此保證，因此沒有數值。",
        ),
    ),
    Metric(
        key="observed_rate_change",
        name=Text("Change of the rate so far", "目前退貨率的變化"),
        columns=in_marts(_CHANGES, "observed_rate_change"),
        numerator=Text(
            "rate so far of the newer period less that of the older; equals mix + rate + maturity exactly",
            "較新期間的目前退貨率減去較早期間；恰等於 組合 + 退貨率 + 成熟度 三部分之和",
        ),
        unit="points",
        clock="ordered",
        excluded=_EXCLUDED,
        maturity="observed",
    ),
    Metric(
        key="mix_part",
        name=Text("Part from what was sold", "商品組合造成的部分"),
        columns=in_marts(_CHANGES, "mix_part"),
        numerator=Text(
            "what the change would be had only the shares of products and categories moved",
            "若只有各商品與類別的占比改變，退貨率會有的變化",
        ),
        unit="points",
        clock="ordered",
        excluded=_EXCLUDED,
        maturity="exposure",
    ),
    Metric(
        key="rate_part",
        name=Text("Part from the rates themselves", "退貨率本身造成的部分"),
        columns=in_marts(_CHANGES, "rate_part"),
        numerator=Text(
            "what the change would be had only the products' own rates moved",
            "若只有各商品自身的退貨率改變，會有的變化",
        ),
        unit="points",
        clock="ordered",
        excluded=_EXCLUDED,
        maturity="exposure",
        interval="part",
        interval_columns=in_marts(("rate_changes",), "rate_part_lower_90", "rate_part_upper_90"),
        note=Text(
            "Called real where chance alone would bring as much in less than 2 of 100 cases.",
            "若純屬偶然、100 次中不到 2 次會有這麼大的變化，才稱為真實變化。",
        ),
    ),
    Metric(
        key="maturity_part",
        name=Text("Part from age", "資料新舊造成的部分"),
        columns=in_marts(_CHANGES, "maturity_part"),
        numerator=Text(
            "what the change would be had only the time for returns to come differed",
            "若只有退貨到來的時間長短不同，會有的變化",
        ),
        unit="points",
        clock="ordered",
        excluded=_EXCLUDED,
        maturity="itself",
    ),
    Metric(
        key="chance_probability",
        name=Text("Probability by chance", "純屬偶然的機率"),
        columns=("rate_changes.chance_probability",),
        numerator=Text(
            "how often a rate part this large would come where no rate changed; counting, weeks and the curve's error"
            " included",
            "若退貨率都沒有改變，出現這麼大的退貨率部分的機率；已含計數、各週波動與曲線的誤差",
        ),
        unit="share",
        clock="ordered",
        maturity="exposure",
    ),
    Metric(
        key="detectable_change",
        name=Text("Smallest change that would be seen", "可察覺的最小變化"),
        columns=("rate_changes.detectable_change",),
        numerator=Text(
            "a rate part of this size would be called real in 80 of 100 cases",
            "退貨率部分若有這麼大，100 次中有 80 次會被稱為真實變化",
        ),
        unit="points",
        clock="ordered",
        maturity="exposure",
    ),
)
"""The definitions of this theme."""
