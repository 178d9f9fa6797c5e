"""Records of documents as text: where values are taken from, what becomes an attribute, what is not kept."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.base import RawColumn
from pipelines.sources.document_shape import MEMBER, SHAPE, DocumentShape, RecordProblem

LISTED = RawColumn("items", items=(RawColumn("sku"), RawColumn("place.city")))
PARCEL = DocumentShape(
    name="parcel",
    title="a parcel",
    paths=((),),
    needs=("id", "more.code"),
    needs_any=("a", "b"),
    columns=(RawColumn("id"), LISTED),
    fields={"id": (MEMBER, "id"), "shape": (SHAPE,), "code": ("code", "more.code"), "items": ("items",)},
    derived={"zone": ("more.place", lambda text: text[:3])},
)


def test_the_first_that_holds_something_is_taken_and_another_value_stays() -> None:
    row = PARCEL.row({"id": "1", "code": "", "more": {"code": "8", "other": "x", "place": "M5V 2T6"}}, "K")
    assert row.values == {"id": "K", "shape": "parcel", "code": "8", "zone": "M5V"}
    assert row.attributes == {"id": "1", "more.other": "x"}
    same = PARCEL.row({"code": "8", "more": {"code": "8"}}, "")
    assert (same.values["code"], same.attributes) == ("8", {})


def test_lists_keep_their_known_keys() -> None:
    items = [{"sku": "A", "place": {"city": "X", "zip": "12345"}, "size": "L"}, {"sku": "B", "size": "M"}]
    row = PARCEL.row({"items": items}, "1")
    assert json.loads(row.values["items"]) == [{"sku": "A", "place_city": "X"}, {"sku": "B"}]
    assert row.attributes == {"items.size": '["L", "M"]'}
    assert row.dropped == {"items.place.zip"}
    with pytest.raises(RecordProblem, match="items is no list of objects"):
        PARCEL.row({"items": ["A"]}, "1")


def test_truth_values_and_nothing() -> None:
    row = PARCEL.row({"yes": True, "no": False, "none": None, "empty": {}, "list": []}, "1")
    assert row.attributes == {"yes": "true", "no": "false"}


def test_what_a_record_misses_is_named() -> None:
    assert PARCEL.missing({"id": "1", "more": {"code": None}, "b": "2"}) == []
    assert PARCEL.missing({"id": "1", "more": "x"}) == ["more.code", "a or b"]
    assert PARCEL.missing("x") == ["id", "more.code", "a"]


@pytest.mark.parametrize(
    "key",
    ["name", "drop_name", "Customer Name", "email", "phone_number", "address", "pincode", "signed_by", "gstin", "lat"],
)
def test_keys_that_look_personal_are_not_kept(key: str) -> None:
    row = PARCEL.row({key: "SECRET", "deep": {"deeper": [{key: "SECRET", "size": "L"}]}}, "1")
    assert row.attributes == {"deep": '{"deeper": [{"size": "L"}]}'}
    assert row.dropped == {key, f"deep.deeper.{key}"}


@pytest.mark.parametrize("key", ["product_name", "courier_partner_name", "event_name", "plate", "weather"])
def test_names_of_things_are_kept(key: str) -> None:
    assert PARCEL.row({key: "x"}, "1").attributes == {key: "x"}


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=8), _JSON, max_size=5))
def test_any_record_becomes_text_or_a_problem(record: dict) -> None:
    try:
        row = PARCEL.row(record, "")
    except RecordProblem:
        return
    assert all(isinstance(text, str) and text for text in (*row.values.values(), *row.attributes.values()))
