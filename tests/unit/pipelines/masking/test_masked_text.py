"""Masks take names, streets, numbers and mails out of comments, and leave what tells why goods come back."""

from __future__ import annotations

import pytest

from pipelines.masking.marks import Marker
from pipelines.masking.text import BETWEEN, EVERY_WORD, masked_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My name is Zenobia Quartermaine, too small.", "My name is [name], too small."),
        ("Zenobia wants a refund. The sleeve ripped.", "[name] wants a refund. The sleeve ripped."),
        ("zenobia quartermaine wants a refund", "[name] wants a refund"),
        ("Tell Mrs Quartermaine the heel is loose", "Tell [name] the heel is loose"),
        ("please leave it at 17 Larkspur Close", "please leave it at [street]"),
        ("Leave it at Flat 3B, 4721 Brackenmoor Lane", "Leave it at [street]"),
        ("Call +1 (415) 555-0137 or ann@canary.example", "Call [number] or [email]"),
        ("Regards,\nQuillon Varnathby", "Regards,\n[name]"),
        ("Lieferung an Hauptstraße 17", "Lieferung an [street]"),
        ("我叫歐陽翠嵐，電話0912-345-678", "我叫[name]，電話[number]"),
        ("歐陽翠嵐：東西壞了", "[name]：東西壞了"),
        ("地址是臺北市松山區民生東路五段8號3樓", "地址是[street]"),
        ("王小明先生說顏色不對", "[name]先生說顏色不對"),
        ("請聯絡李美玲，她會收", "請聯絡[name]，她會收"),
        ("請轉告語彤，尺寸太小", "請轉告[name]，尺寸太小"),
        ("請轉告王曉雲來拿", "請轉告[name]來拿"),
        ("顏色不對。上官婉清 敬上", "顏色不對。[name] 敬上"),
    ],
)
def test_what_tells_of_a_person_goes(text: str, expected: str) -> None:
    assert masked_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Scuffed heels on arrival, zipper broke after two days. I never wore them!",
        "I'd need the size below; it's too tight and I couldn't close the collar.",
        "UNBELIEVABLE. THE WAIST GAPES AT THE BACK, I COULD FIT A BOOK IN THERE.",
        "Honetly? Far too big.",
        "size 38, 2 of 3 broke in 14 days",
        "Die Schuhe sind leider viel zu klein und die Farbe stimmt nicht",
        "辛苦了，謝謝。",
        "包裝很用心，可是沒看清楚就結帳，是我的問題。",
        "序號上官網查不到，應該是仿的",
        "請轉告店家盡快處理",
        "請轉告客服，尺寸太小",
        "尺寸不合，顧客敬上",
        "Pre-Shipment Info Sent to USPS",
    ],
)
def test_what_tells_why_goods_come_back_stays(text: str) -> None:
    assert masked_text(text) == text


def test_a_record_s_own_names_are_masked_in_whatever_case_and_script() -> None:
    own = BETWEEN.join(("Rosa Hill", "17 Oak Cottages", "林詩涵"))
    assert masked_text("the hill was steep, Hill said", own) == "the hill was steep, [name] said"
    assert masked_text("貨給詩涵就好，林詩涵要換", own) == "貨給[name]就好，[name]要換"
    assert masked_text("left at 17 oak cottages", own) == "left at [street]"


def test_an_address_that_holds_the_record_s_own_name_goes_whole() -> None:
    text = "call 98765 43210 or jane@shop.example.com, says Jane"
    assert masked_text(text, "Jane Doe") == "call [number] or [email], says [name]"


def test_goods_are_no_persons_and_their_codes_are_no_numbers() -> None:
    assert masked_text("the Hollis dress is too small", None, "Silk Dress by Hollis") == "the Hollis dress is too small"
    spared = f"shop{BETWEEN}8901234567890,SA-1"
    assert masked_text("8901234567890: torn, call 9876543210", None, spared) == "8901234567890: torn, call [number]"
    assert masked_text("98765432109 is no part of it", None, f"{BETWEEN}9876543") == "[number] is no part of it"


def test_in_a_place_no_word_is_a_name_because_it_is_unknown() -> None:
    assert masked_text("Navi Mumbai Hub", None, EVERY_WORD) == "Navi Mumbai Hub"
    assert masked_text("Depot, 17 Larkspur Close", None, EVERY_WORD) == "Depot, [street]"


def test_names_of_another_file_are_known_by_their_marks_alone() -> None:
    marker = Marker(b"k" * 32)
    known = marker.asker(marker.marks(f"mara{BETWEEN}linde{BETWEEN}曾雅琪"))
    assert masked_text("it was for mara, too wide", None, None, known) == "it was for [name], too wide"
    assert masked_text("給曾雅琪的禮物不合", None, None, known) == "給[name]的禮物不合"
    other = Marker(b"o" * 32).asker(marker.marks("mara"))
    assert masked_text("it was for mara, too wide", None, None, other) == "it was for mara, too wide"
