"""Comments: variety, language, agreement with the truth, nothing left unfilled."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import pipelines.simulate

DATA = Path(pipelines.simulate.__file__).parent / "data"
# Signs of the simplified script that Taiwanese never write.
SIMPLIFIED = set(
    "这个国为来时说对发见长门问间东车马话请让给还过进远运电买卖质坏够钱号码颜线绝没们开机声应该动单货产样换钮盖头"
)


def load(name: str) -> dict:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.fixture(params=[("fashion", "comments_en"), ("home", "comments_zh")], ids=["en", "zh"])
def case(request):
    return request.param


def written(world, shop: str) -> list[str]:
    return [row["comments"] for row in world.returns[shop] if row["comments"]]


def test_about_a_third_is_empty(world, case):
    rows = world.returns[case[0]]
    assert 0.25 <= 1 - len(written(world, case[0])) / len(rows) <= 0.45
    truth = {row["return_id"]: row for row in world.returns_truth[case[0]]}
    assert all((row["comments"] == "") == (truth[row["return_id"]]["phrase_family"] == "") for row in rows)


def test_comments_differ(world, case):
    comments = written(world, case[0])
    # Terse notes repeat, as they do in real shops; what is longer hardly ever does.
    longer = [text for text in comments if len(text) > (45 if case[0] == "fashion" else 22)]
    assert len(set(comments)) > 0.65 * len(comments)
    assert len(set(longer)) > 0.97 * len(longer)


def test_no_slot_is_left_open(world, case):
    assert not [text for text in written(world, case[0]) if re.search(r"[{}]|None", text)]


def test_comments_keep_their_shops_language(world):
    assert not [text for text in written(world, "fashion") if re.search(r"[\u4e00-\u9fff]", text)]
    chinese = [bool(re.search(r"[\u4e00-\u9fff]", text)) for text in written(world, "home")]
    assert sum(chinese) > 0.97 * len(chinese)


def test_chinese_is_traditional(world):
    shown = "".join(
        path.read_text(encoding="utf-8")
        for path in (DATA / "comments_zh.toml", DATA / "home.toml", DATA / "people.toml")
    )
    shown += world.summary.returns_files["home"].read_text(encoding="utf-8")
    shown += world.summary.orders_files["home"].read_text(encoding="utf-8")
    assert not SIMPLIFIED & set(shown)


def test_there_are_several_hundred_building_blocks(case):
    words = load(case[1])
    blocks = {text for family in words["family"] for text in family["cores"] + family["short"]}
    for section in ("openings", "circumstances", "wishes", "mixing"):
        blocks |= {text for texts in words[section].values() for text in texts}
    blocks |= {text for pool in words["slots"].values() for texts in pool.values() for text in texts}
    assert len(blocks) >= 500


def test_every_reason_of_every_group_has_words(case):
    shop, words = load(case[0]), load(case[1])
    families = words["family"]
    assert len({family["id"] for family in families}) == len(families)
    for group, mix in shop["mix"].items():
        for key in [*mix, "unclear.other"]:
            label, sub = key.split(".")
            assert any(
                family["label"] == label and family["sub"] == sub and group in family["groups"] for family in families
            ), f"{group} has no words for {key}"


def test_families_agree_with_the_true_class(world, case):
    families = {family["id"]: family for family in load(case[1])["family"]}
    seen = Counter()
    for row in world.returns_truth[case[0]]:
        if row["phrase_family"]:
            family = families[row["phrase_family"]]
            seen[family["label"]] += 1
            is_right = (family["label"], family["sub"]) == (row["true_class"], row["true_sub_reason"])
            assert is_right or family["label"] == "unclear"
            assert row["is_safety_concern"] == str(bool(family.get("safety"))).lower()
    assert 0.01 <= seen["unclear"] / seen.total() <= 0.08


def test_dangers_are_told_of_now_and_then(world):
    told = Counter(row["is_safety_concern"] for rows in world.returns_truth.values() for row in rows)
    assert 1 <= told["true"] <= 0.03 * told.total()
