"""The crosswalk of stated reasons: what it maps, what it refuses, and that SQL folds codes as Python does."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from declared_tables import database_for
from hypothesis import given, settings
from hypothesis import strategies as st

from models.return_reason.codebook import SUB_REASONS
from models.return_reason.crosswalk import CrosswalkError, code_key, reason_codes
from pipelines.reference_tables import REFERENCE_TABLES
from pipelines.sql_tables import SQL_FOLDER, read_sql_table

HEADER = "reason_list,list_version,valid_from,valid_to,code,reason_class,sub_reason,confidence,source_note\n"
RETURN_REASONS = read_sql_table(SQL_FOLDER / "core" / "return_reasons.sql")


def meaning(reason_list: str, code: str) -> set[tuple[str, str | None]]:
    """Class and sub-reason of a code in every version of a list."""
    found = reason_codes().filter((pl.col("reason_list") == reason_list) & (pl.col("code_key") == code_key(code)))
    return set(found.select("reason_class", "sub_reason").iter_rows())


@pytest.mark.parametrize(
    ("reason_list", "code", "reason_class", "sub_reason"),
    [
        ("bigcommerce", "Received Wrong Product", "defective", "wrong_item"),
        ("bigcommerce", "Wrong Product Ordered", "changed_mind", "mistake"),
        ("bigcommerce", "Not Satisfied With The Product", "poor_quality", "other"),
        ("bigcommerce", "There Was A Problem With The Product", "defective", "other"),
        ("bigcommerce", "Product Didn’t Match Its Description", "not_as_described", "other"),
        ("bigcommerce", "A Gift Purchase Was Incorrect", "changed_mind", "other"),
        ("bigcommerce", "Product Was Damaged Upon Arrival", "defective", "arrived_damaged"),
        ("bigcommerce", "Product No Longer Needed", "changed_mind", "no_longer_needed"),
        ("bigcommerce", "收到錯誤商品", "defective", "wrong_item"),
        ("bigcommerce", "尺寸不合", "not_as_described", "size_fit"),
        ("shopify", "COLOR", "not_as_described", "colour"),
        ("shopify", "OTHER", "unclear", None),
        ("shopify", "arrived-late", "delivery", "late"),
        ("amazon", "UNDELIVERABLE_REFUSED", "delivery", "other"),
        ("amazon", "APPAREL_STYLE", "changed_mind", "style"),
        ("amazon", "UNKNOWN_OTHER_REASON", "unclear", None),
        ("solidus", "damaged during transport", "delivery", "transit_damage"),
        ("returnmate", "does not fit", "not_as_described", "size_fit"),
        ("veeqo", "returned by carrier", "delivery", "other"),
        ("servicenow", "wrong quantity", "defective", "wrong_item"),
    ],
)
def test_published_codes_mean_what_the_codebook_says(
    reason_list: str, code: str, reason_class: str, sub_reason: str | None
) -> None:
    assert meaning(reason_list, code) == {(reason_class, sub_reason)}


def test_every_amazon_code_that_was_seen_is_mapped() -> None:
    amazon = reason_codes().filter(pl.col("list_version") == "fba_customer_returns")
    assert amazon.height == 33
    assert amazon.filter(pl.col("code").str.starts_with("UNDELIVERABLE_"))["reason_class"].unique().to_list() == [
        "delivery"
    ]


def test_the_labels_of_the_codebook_map_to_themselves() -> None:
    for reason_class in SUB_REASONS:
        assert (reason_class, None) in meaning("generic", reason_class)


@pytest.mark.parametrize("code", ["老闆特准", "Showroom try-on (ask Dana)"])
def test_what_a_shop_made_up_stays_unmapped(code: str) -> None:
    assert reason_codes().filter(pl.col("code_key") == code_key(code)).is_empty()


def test_no_code_means_two_classes() -> None:
    """Lists may differ; so far none does, and a line of an unknown list can be read without choosing."""
    classes = reason_codes().group_by("code_key").agg(pl.col("reason_class").n_unique())
    assert classes["reason_class"].max() == 1


def test_weak_codes_are_less_sure_than_plain_ones() -> None:
    sure = dict(reason_codes().select("code", "confidence").iter_rows())
    assert sure["Not Satisfied With The Product"] < sure["There Was A Problem With The Product"]
    assert sure["There Was A Problem With The Product"] < sure["Received Wrong Product"]


def test_the_frame_is_the_declared_table() -> None:
    kinds = {"String": "varchar", "Date": "date", "Float64": "double"}
    frame = reason_codes()
    found = [(name, kinds[str(kind)]) for name, kind in frame.schema.items()]
    REFERENCE_TABLES["core.reason_codes"].require_columns(found)
    assert REFERENCE_TABLES["core.reason_codes"].read().equals(frame)


def written(folder: Path, *lines: str) -> Path:
    """A crosswalk file of some lines."""
    path = folder / "crosswalk.csv"
    path.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a,1,,,X,broken,,0.5,note", "'broken'"),
        ("a,1,,,X,unmapped,,0.5,note", "'unmapped'"),
        ("a,1,,,X,defective,size_fit,0.5,note", "'size_fit'"),
        ("a,1,,,X,unclear,other,0.5,note", "'other'"),
        ("a,1,,,X,defective,,1.5,note", "'1.5'"),
        ("a,1,,,X,defective,,sure,note", "'sure'"),
        ("a,1,2026-13-01,,X,defective,,0.5,note", "'2026-13-01'"),
        ("a,1,,, ,defective,,0.5,note", "code is blank"),
        ("a,1,,,X,defective,,0.5,", "source_note is blank"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(tmp_path: Path, line: str, found: str) -> None:
    path = written(tmp_path, "a,1,,,Fine,defective,fault,0.5,note", line)
    with pytest.raises(CrosswalkError, match="line 3") as raised:
        reason_codes(path)
    assert found in str(raised.value)


def test_a_code_twice_in_one_version_is_refused(tmp_path: Path) -> None:
    first, again = "a,1,,,Too small,defective,,0.5,note", "a,1,,,too  SMALL.,delivery,,0.5,note"
    with pytest.raises(CrosswalkError, match=r"line 3.*line 2"):
        reason_codes(written(tmp_path, first, again))
    assert reason_codes(written(tmp_path, first, again.replace("a,1", "a,2"))).height == 2


def test_dates_are_read(tmp_path: Path) -> None:
    frame = reason_codes(written(tmp_path, "a,1,2026-01-01,2026-06-30,X,defective,,0.5,note"))
    assert [str(value) for value in frame.select("valid_from", "valid_to").row(0)] == [
        "2026-01-01",
        "2026-06-30",
    ]


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("  Received   Wrong\tProduct. ", "received wrong product"),
        ("Didn’t fit!!", "didn't fit"),
        ("SIZE_TOO_LARGE", "size_too_large"),
        ("不再需要。", "不再需要"),
        ("No\u00a0longer\u3000needed", "no longer needed"),
        ("...", ""),
    ],
)
def test_spellings_of_a_code_meet(code: str, key: str) -> None:
    assert code_key(code) == key


def keys_by_sql(codes: list[str]) -> list[bool]:
    """Whether SQL finds each code under the key that Python gives it."""
    keys = sorted({code_key(code) for code in codes} - {""})
    with database_for(
        RETURN_REASONS,
        {
            "core.reason_codes": [
                {
                    "reason_list": "a",
                    "list_version": "1",
                    "code_key": key,
                    "reason_class": "delivery",
                    "sub_reason": key,
                }
                for key in keys
            ],
            "core.return_lines": [
                {"merchant_id": "demo", "return_line_id": f"{index:06d}", "reason_raw": code}
                for index, code in enumerate(codes)
            ],
        },
    ) as connection:
        found = connection.execute(
            f"select sub_reason, reason_class from ({RETURN_REASONS.sql}) order by return_line_id"
        ).fetchall()
    return [
        (sub_reason, reason_class) == ((code_key(code), "delivery") if code_key(code) else (None, "unclear"))
        for code, (sub_reason, reason_class) in zip(codes, found, strict=True)
    ]


def test_sql_folds_every_known_code_as_python_does() -> None:
    codes = reason_codes()["code"].to_list()
    codes += [f"  {code.upper()}\t\u3000{code} ?!…。" for code in codes]
    assert all(keys_by_sql(codes))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.text(alphabet="aZé需\u2018\u2019\u02bc\u00a0\u3000 \t\n\r.,;:!?…。，；：！？'\"\\%_-1", max_size=12),
        min_size=1,
        max_size=20,
    )
)
def test_sql_folds_any_text_as_python_does(codes: list[str]) -> None:
    assert all(keys_by_sql(codes))
