"""Classes of the reasons that return lines state."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

CROSSWALK = Path(__file__).resolve().parents[2] / "models" / "return_reason" / "data" / "crosswalk.csv"


def return_reasons(returns: pd.DataFrame) -> pd.DataFrame:
    """The class of each return line's reason, by the crosswalk of codes."""
    codes = pd.read_csv(
        CROSSWALK, dtype="string", usecols=["reason_list", "code", "reason_class", "confidence", "list_version"]
    )
    codes["key"] = _key(codes["code"])
    codes["confidence"] = codes["confidence"].astype("float64")
    # Few texts stand on all lines: each is looked up once.
    stated = returns[["list_name", "reason_raw"]].drop_duplicates().dropna(subset="reason_raw")
    stated["key"] = _key(stated["reason_raw"])
    found = stated.merge(codes, on="key")
    found["is_other_list"] = found["reason_list"] != found["list_name"]
    found = found.sort_values(
        ["is_other_list", "confidence", "reason_list", "list_version"], ascending=[True, False, True, True]
    ).drop_duplicates(["list_name", "reason_raw"])
    table = returns[["return_line_id", "list_name", "reason_raw"]].merge(
        found[["list_name", "reason_raw", "reason_class", "confidence"]], on=["list_name", "reason_raw"], how="left"
    )
    is_empty = table["reason_raw"].fillna("").str.strip() == ""
    table["reason_class"] = table["reason_class"].fillna("unmapped").mask(is_empty, "unclear")
    return table.drop(columns="list_name")


def _key(texts: pd.Series) -> pd.Series:
    return (
        texts.str.lower().str.replace(r"[\t\n\f\r ]+", " ", regex=True).str.rstrip(" .,;:!?…。，；：！？").str.lstrip()
    )
