"""How complete and how quick things are: coverage of data, what was set aside, days on the way."""

from __future__ import annotations

from pipelines.metrics.definition import Metric, Text

METRICS = (
    Metric(
        key="late_share",
        name=Text("Delivered late", "遲到比例"),
        columns=("lead_times.late_share",),
        numerator=Text("parcels delivered after their promised date", "晚於承諾日送達的包裹"),
        denominator=Text("delivered parcels with a promised date", "有承諾送達日且已送達的包裹"),
        unit="share",
        clock="shipped",
        excluded=("rto", "no_promise"),
        maturity="observed",
        note=Text(
            "Parcels still on their way are not in it: in young periods it shows the quick ones.",
            "仍在途中的包裹不計入：較新的期間只看到快的。",
        ),
    ),
    Metric(
        key="lead_time_days",
        name=Text("Days on the way", "各段天數"),
        columns=("lead_times.median_days", "lead_times.p90_days"),
        numerator=Text(
            "median and 90th percentile of the days that a leg took", "該段路程天數的中位數與第 90 百分位數"
        ),
        unit="days",
        clock="leg",
        excluded=("rto", "twins", "undated"),
        maturity="observed",
        note=Text("What is still open is counted beside it.", "尚未結束的數量另列於旁。"),
    ),
    Metric(
        key="coverage_share",
        name=Text("Covered", "涵蓋比例"),
        columns=("coverage_shares.coverage_share",),
        numerator=Text("records that have what the measure asks for", "具備該項資料的筆數"),
        denominator=Text("records it is asked of", "應具備的筆數"),
        unit="share",
        clock="loaded",
        maturity="complete",
    ),
    Metric(
        key="quarantined_share",
        name=Text("Set aside", "隔離比例"),
        columns=("source_coverage.quarantined_share",),
        numerator=Text("records set aside as a whole", "整筆被隔離的紀錄"),
        denominator=Text("records in the files", "檔案中的紀錄"),
        unit="share",
        clock="loaded",
        maturity="complete",
    ),
    Metric(
        key="money_not_reconciled_share",
        name=Text("Orders whose money does not add up", "金額不符的訂單"),
        columns=("trust_box.money_not_reconciled_share",),
        numerator=Text("orders whose total differs from its parts", "總額與明細不符的訂單"),
        denominator=Text("orders whose money could be compared", "可比對金額的訂單"),
        unit="share",
        clock="loaded",
        maturity="complete",
    ),
    Metric(
        key="unmapped_reason_share",
        name=Text("Reasons not known", "無法辨識的原因"),
        columns=("trust_box.unmapped_reason_share",),
        numerator=Text("return lines whose reason code is in no list", "原因代碼不在任何清單中的退貨明細"),
        denominator=Text("return lines", "退貨明細"),
        unit="share",
        clock="loaded",
        maturity="complete",
    ),
    Metric(
        key="unclear_reason_share",
        name=Text("Reasons that say nothing", "未說明的原因"),
        columns=("trust_box.unclear_reason_share",),
        numerator=Text(
            "return lines that state no reason or one that says nothing", "未填原因或原因沒有意義的退貨明細"
        ),
        denominator=Text("return lines", "退貨明細"),
        unit="share",
        clock="loaded",
        maturity="complete",
    ),
)
"""The definitions of this theme."""
