"""The texts that ``keeprate init`` writes into a home: settings with their comments, Dagster's configuration."""

from __future__ import annotations

HEAD = """\
# Keeprate: who the merchants are. Every line that begins with # is a comment.
# Paths are relative to this file. After a change: keeprate doctor

# [engine]
# threads = 2            # for DuckDB, Polars and OpenMP together
# memory_limit = "2GB"   # DuckDB's, and no more; unset, it takes 2 GB, and 4 where 2 do not do and the machine has them

# [privacy]
# comments_months = 24            # words of customers and staff are emptied after that; 0 keeps them for good
# originals = "/srv/originals"    # outside this folder: where loaded inbox files go; without it they are removed
"""

MERCHANT = """
[[merchants]]
id = "{merchant_id}"
name = "{name}"
locale = "{locale}"            # language of the report: en, zh-Hant
timezone = "{timezone}"        # the shop's IANA zone, for example Europe/Berlin
currency = "{currency_code}"
inbox = "inbox/{merchant_id}"        # files that appear here are loaded by themselves
outbox = "outbox/{merchant_id}"
{policy_line}   # versions of the return policy
# date_formats = {{ bigcommerce_orders = "dmy" }}   # only if the files cannot prove it: dmy, mdy or ymd
# share_priors = true         # lend and borrow curves and averages, never rows, among merchants that set it
{costs_lines}
"""

COSTS_AS_COMMENT = """\
# [merchants.costs]           # your own figures for a returned unit, in your currency; without them nothing is priced
# return_shipping = 6.95
# handling = 2.50
# write_down_share = 0.15     # share of the price that is lost when it is sold again"""

COSTS_HEAD = "[merchants.costs]             # own figures for a returned unit, in the merchant's currency"

DAGSTER = """\
# Dagster's instance for this home. Telemetry is off; runs execute in one process (see docs/decisions.md).
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
"""
