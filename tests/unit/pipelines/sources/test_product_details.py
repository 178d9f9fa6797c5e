"""The product cell of BigCommerce orders: every quirk of real cells is read, nothing is made up.

Truly ambiguous, because nothing in a cell is escaped, are: a SKU with ``, Product Name: ``; a name or options with
``, Product Weight: <number>, Product Variation Details: `` or ``, Product Unit Price: <number>, Product Total
Price: ``; any text with ``, Product Total Price: <number>|Product ID: <digits>, Product Qty: <digits>, Product SKU: ``.
A cell of custom templates adds: a name with ``, Product Variation Details: ``, and any text with one of the keys that
are taken out (``, Product Index: `` and its like). The tests leave these out, or show that they make nothing up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bigcommerce_staging import all_fields_item, cell_item, order, staged
from hypothesis import given, settings
from hypothesis import strategies as st

FIELDS = "product_id, quantity, sku, product_name, product_options, unit_price_amount, line_total_amount"


def lines_of(cell: str, total_quantity: int | None = None) -> list[tuple]:
    """Kept lines of one order's cell."""
    query = f"select {FIELDS} from staging.bigcommerce__order_lines where rejected_rule is null order by order_line_id"
    return staged([order(1, cell, total_quantity)]).execute(query).fetchall()


def rules_of(cells: Sequence[str | None], total_quantities: Sequence[int | None]) -> list[str | None]:
    """Rules that reject cells, one a cell; their orders must be kept all the same."""
    pairs = zip(cells, total_quantities, strict=True)
    connection = staged([order(number, cell, total) for number, (cell, total) in enumerate(pairs, 1)])
    assert connection.execute("select count(*) from staging.bigcommerce__orders").fetchall() == [(len(cells),)]
    query = "select rejected_rule from staging.bigcommerce__order_lines order by record_number"
    return [rule for (rule,) in connection.execute(query).fetchall()]


NAMES = [
    "Chef's knife, 8 inch, forged",
    "Knife | Collab Edition",
    "Knife|Collab",
    "Line one\nLine two",
    "Line one\r\nLine two",
    "ASIN : B000000000",
    "Two  blanks",
    "Gift: |Product ID: x",
    "Gift|Product ID: 12",
    "Gift|Product ID: 12, Product Qty: 3",
    "Gift|Product ID: 12, Product Qty: 3, Product SKU: A",
    "Scale, Product Weight: heavy",
    "Scale, Product Weight: 5",
    "Scale, Product Weight: 5.00, made of steel",
    "Wine, Product of Italy",
    "Manual, Product Name: none",
    "Manual, Product Index: A to Z",
    "Product ID: 5, Product Qty: 2",
    "晴日 / 保溫杯 500ml",
    "x" * 5000,
]
OPTIONS = [
    "Pack Size: 1, 12 Pack",
    "Gift Box? Yes, please include a gift box",
    "Size: M, Colour: Navy, dark, Engraving: A|B",
    "Text: see, Product Unit Price: low",
    "Text: |Product ID: 3",
]


def test_names_are_read_whole_between_other_items() -> None:
    cells = ["|".join([cell_item(1), cell_item(2, 3, name=name, options="Size: M"), cell_item(3)]) for name in NAMES]
    connection = staged([order(number, cell, 5) for number, cell in enumerate(cells)])
    query = f"select order_id::bigint, order_line_id, {FIELDS} from staging.bigcommerce__order_lines order by 1, 2"
    found = connection.execute(query).fetchall()
    assert [line[:3] for line in found] == [(number, str(n), str(n)) for number in range(len(NAMES)) for n in (1, 2, 3)]
    assert [line[3:7] for line in found[1::3]] == [(3, "S-1", name, "Size: M") for name in NAMES]


def test_options_are_kept_as_text() -> None:
    connection = staged(
        [order(number, cell_item(options=text) + "|" + cell_item(9), 2) for number, text in enumerate(OPTIONS)]
    )
    query = "select product_options from staging.bigcommerce__order_lines where order_line_id = '1' order by order_id"
    assert [text for (text,) in connection.execute(query).fetchall()] == OPTIONS


def test_blanks_entities_empty_sku_and_id_zero() -> None:
    name = "  Sample&#039;s &quot;Wedge&quot; &lt;b&gt; &amp;quot; Pillow "
    (line,) = lines_of(cell_item(0, 1, sku="", name=name), 1)
    assert line[:4] == ("0", 1, None, 'Sample\'s "Wedge" <b> &quot; Pillow')


def test_a_repeated_product_gives_two_lines() -> None:
    assert len(lines_of(cell_item() + "|" + cell_item(), 2)) == 2


def test_thousands_separators_are_read() -> None:
    (line,) = lines_of(cell_item(quantity=3, unit_price="1,299.00", line_total="3,897.00"), 3)
    assert [float(value) for value in line[5:]] == [1299.0, 3897.0]


def test_a_cell_of_all_fields_is_read() -> None:
    items = [
        all_fields_item(1, 2, name="Original 6 oz, MSG free\nASIN : B08", options="FREE!: Blend, Box? Yes", index=1),
        all_fields_item(0, 1, sku="", name="Knife | Branded", index=2),
    ]
    found = lines_of("|".join(items), 3)
    assert [line[3] for line in found] == ["Original 6 oz, MSG free\nASIN : B08", "Knife | Branded"]
    assert found[0][4] == "FREE!: Blend, Box? Yes"


def test_further_keys_in_the_default_order_are_left_out() -> None:
    cell = cell_item(name="Cup, blue").replace(
        ", Product Total Price", ", Product Unit Cost: 2.00, Product Total Price"
    )
    assert lines_of(cell, 1)[0][3] == "Cup, blue"


BROKEN = [
    "nonsense",
    cell_item().replace("Product Weight", "Weight"),
    cell_item(unit_price="5.00", line_total="$5.00"),
    cell_item(unit_price="5,00", line_total="5.00"),
    cell_item(weight="heavy"),
    cell_item().replace("Qty: 1", "Qty: 1.5"),
    cell_item() + "|" + cell_item().replace("Product Total Price: 5.00", "Product Total Price: "),
    cell_item() + "|tail",
    cell_item() + "|",
    "|" + cell_item(),
    cell_item() + " ",
    cell_item() + ";" + cell_item(),
    cell_item(name="Scale, Product Weight: 1.00, Product Variation Details: red"),
    cell_item(options="Text, Product Unit Price: 1.00, Product Total Price: 1.00"),
    all_fields_item(name="Guide, Product Variation Details: red"),
]


def test_a_cell_of_which_any_part_is_broken_gives_no_line() -> None:
    assert rules_of(BROKEN, [1] * len(BROKEN)) == ["product_details_grammar"] * len(BROKEN)


def test_units_that_differ_from_total_quantity_give_no_line() -> None:
    cells = [cell_item(quantity=2), cell_item() + "|" + cell_item(), None]
    assert rules_of(cells, [3, 1, 2]) == ["product_details_quantity"] * 3


def test_without_total_quantity_the_grammar_alone_decides() -> None:
    assert rules_of([cell_item(quantity=2)], [None]) == [None]


def test_a_name_that_imitates_a_whole_item_is_caught_by_the_units() -> None:
    fake = cell_item(8, 1, name="Fake")
    name = f"Real{fake[len('Product ID: 8, Product Qty: 1, Product SKU: S-1, Product Name: Fake') :]}|{fake}"
    assert rules_of([cell_item(name=name)], [1]) != [None]


_PLAIN = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), exclude_characters="&"), max_size=25)
_KEY = st.sampled_from(
    ["|", ", ", ": ", "|Product ID: ", "Product ID: 4", ", Product Qty: 2", ", Product SKU: ", ", Product Weight: ",
     ", Product Weight: 1.5", ", Product of ", "\n", "\r\n", " ", ", Product Unit Price: ", ", Product Total Price: 3"]
)  # fmt: skip
_TEXT = st.lists(st.one_of(_PLAIN, _KEY), max_size=5).map("".join)
_AMBIGUOUS = re.compile(
    r", Product Name: |, Product Weight: [0-9.,-]+, Product Variation Details: |, Product Variation Details: "
    r"|, Product Unit Price: [0-9.,-]+, Product Total Price: "
    r"|, Product Total Price: [0-9.,-]+\|Product ID: \d+, Product Qty: \d+, Product SKU: "
)


@st.composite
def items(draw: st.DrawFn) -> dict[str, Any]:
    """An item whose texts hold anything but what is truly ambiguous, taken together with what follows them."""
    sku, name, options = draw(_TEXT), draw(_TEXT), draw(_TEXT)
    cents = draw(st.integers(0, 1_000_000))
    item: dict[str, Any] = {
        "product_id": draw(st.integers(0, 10**9)),
        "quantity": draw(st.integers(0, 99)),
        "sku": sku,
        "name": name,
        "options": options,
        "unit_price": f"{cents / 100:.2f}",
    }
    cell = cell_item(**item)
    keys = ["Product Name", "Product Weight", "Product Variation Details", "Product Unit Price"]
    is_clear = not any(_AMBIGUOUS.search(text) for text in (sku, name, options)) and all(
        cell.count(f", {key}: ") == 1 or key in ("Product Weight", "Product Unit Price") for key in keys
    )
    return item if is_clear else {**item, "sku": "plain", "name": "plain", "options": "plain"}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(items(), min_size=1, max_size=4), min_size=10, max_size=40))
def test_random_cells_are_read_as_they_were_written(orders: list[list[dict[str, Any]]]) -> None:
    records = [
        order(number, "|".join(cell_item(**item) for item in cell), sum(item["quantity"] for item in cell))
        for number, cell in enumerate(orders, 1)
    ]
    rows = staged(records).execute(
        "select order_id::bigint, order_line_id::bigint, product_id, quantity, sku, product_name, product_options,"
        " unit_price_amount::varchar, rejected_rule from staging.bigcommerce__order_lines order by 1, 2"
    )
    assert rows.fetchall() == [
        (
            number,
            position,
            str(item["product_id"]),
            item["quantity"],
            item["sku"].strip(" ") or None,
            item["name"].strip(" "),
            item["options"].strip(" ") or None,
            f"{item['unit_price']}00",
            None,
        )
        for number, cell in enumerate(orders, 1)
        for position, item in enumerate(cell, 1)
    ]
