"""Mappings that cannot be read are told where, what was found, what was expected and what to do."""

from __future__ import annotations

import pytest

from pipelines.mapping import MappingError, bind, read_mapping

GOOD = """
[orders]
order_id = "No"
placed_at = "Date"
"""


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("[orders", "as a whole", "Expected ']'"),
        ("", "as a whole", "no table"),
        ("[order]\nx = 'y'", "[order]", "did you mean orders"),
        (GOOD + "placed_att = 'x'", "[orders] placed_att", "did you mean placed_at"),
        (GOOD + "status = 'x'", "[orders] status", "did you mean status_raw"),
        ("[orders]\norder_id = 'No'", "[orders] placed_date", "nothing"),
        (GOOD + "channel = 3", "[orders] channel", "3"),
        (GOOD + "channel = { value = 'x', sql = 'y' }", "[orders] channel", "value and sql"),
        (GOOD + "channel = { colum = 'x' }", "[orders] channel colum", "did you mean column"),
        (GOOD + "channel = { column = 'x', otherwise = 'y' }", "[orders] channel values", "{}"),
        (GOOD + "customer_id = { sql = 'lower(x)' }", "[orders] customer_id", "computed"),
        (GOOD + "customer_email = { value = 'x' }", "[orders] customer_email", "computed or constant"),
        (GOOD + "total_amount = { sql = 'sum(x)' }", "[orders] total_amount sql", "aggregate"),
        (GOOD + "group_by_key = 'yes'", "[orders] group_by_key", "'yes'"),
        (GOOD + "[source]\ndate_format = 'd/m/y'", "[source] date_format", "'d/m/y'"),
        (GOOD + "[source]\ntimezone = 'Berlin'", "[source] timezone", "'Berlin'"),
        (GOOD + "[source]\ndecimal_comma = 'yes'", "[source] decimal_comma", "'yes'"),
        (GOOD + "[source]\ndecimalcomma = true", "[source] decimalcomma", "did you mean decimal_comma"),
        (GOOD + "[skip]\nwhere = 'true'", "[[skip]]", "where"),
        (GOOD + "[[skip]]\nwhere = 'true'", "[[skip]] 1", "no where or no reason"),
    ],
)
def test_a_wrong_mapping_is_told_where(text: str, place: str, found: str) -> None:
    with pytest.raises(MappingError) as raised:
        read_mapping(text, "map.toml")
    assert raised.value.place == place
    assert found in raised.value.found
    assert str(raised.value).startswith(f"map.toml, {place}: ")
    assert raised.value.remedy


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        (GOOD + "channel = 'Chanel'", "[orders] channel", "did you mean Channel"),
        (GOOD + "where = \"Chanel = 'web'\"", "[orders] where", "did you mean Channel"),
        (GOOD + "where = \"Channel || 'x'\"", "[orders] where", "type varchar"),
        (GOOD + "channel = { sql = 'Channel + interval 1 day' }", "[orders] channel", "(VARCHAR, INTERVAL)"),
        (GOOD + "attributes = ['Nothing']", "[orders] attributes", "Nothing"),
        (GOOD + "[source]\ndrop = ['Channel']\n[orders.channel]\ncolumn = 'Channel'", "[source] drop", "Channel"),
        (GOOD + "channel = 'Customer Name'", "[orders] channel", "about a person"),
        (GOOD + "customer_id = 'Mail'\ncustomer_email = 'Mail'", "[orders] customer_id", "email and as id"),
    ],
)
def test_a_mapping_that_does_not_fit_the_file_is_told_where(text: str, place: str, found: str) -> None:
    with pytest.raises(MappingError) as raised:
        bind(read_mapping(text, "map.toml"), ["No", "Date", "Channel", "Customer Name", "Mail"])
    assert raised.value.place == place
    assert found in raised.value.found


def test_names_are_matched_without_regard_to_case() -> None:
    bound = bind(read_mapping(GOOD, "map.toml"), ["NO", "DATE"])
    assert bound.name("no") == "NO"


def test_what_looks_personal_is_kept_only_where_the_mapping_says_so() -> None:
    text = GOOD + "channel = 'Customer Name'\n[source]\nkeep = ['Customer Name']\ndrop = ['Date of birth 2']\n"
    header = ["No", "Date", "Customer Name", "Shipping Street", "Note", "Date of birth 2"]
    bound = bind(read_mapping(text, "map.toml"), header)
    assert [keeping.handling for keeping in bound.keepings] == ["keep", "keep", "keep", "drop", "free_text", "drop"]
    assert bound.unread == ("Note",)
