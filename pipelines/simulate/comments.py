"""The customers' words: comments composed from families of phrases.

A comment is built from an opening, the matter itself, a circumstance and a wish, in one of three tones
(polite, angry, plain) or as a terse note, with typing errors, emoji and second reasons now and then. The
phrases live in ``data/comments_<language>.toml``; every block of the matter belongs to a family whose id is
written to the truth.

These phrase families are kept out of any classifier's training, tuning and prompt data: they are the test
world, and a classifier that has seen them is judged by its memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from pipelines.simulate.catalogue import Catalogue
from pipelines.simulate.draws import choose, stream, vocabulary
from pipelines.simulate.planted import PlantedProblem
from pipelines.simulate.shops import Shop

EMPTY_SHARE = 0.35
_UNCLEAR_SHARE = 0.04
_MIXED_SHARE = 0.08
_TONES = ("polite", "angry", "plain", "terse")
_TONE_WEIGHTS = (0.24, 0.18, 0.30, 0.28)
# What a comment needs a uniform number for: all are drawn at once, so that the loop below draws nothing.
_DRAWS = (
    "family", "core", "opening", "has_circumstance", "circumstance", "wish", "when", "place", "part", "noun",
    "joiner", "second_family", "second_core", "second_part", "has_emoji", "emoji", "slip", "slip_at", "loud",
)  # fmt: skip
_SLIPS_ZH = (
    ("的", "得"),
    ("在", "再"),
    ("因為", "因爲"),
    ("沒有", "ㄇ有"),
    ("什麼", "甚麼"),
    ("應該", "因該"),
    ("了", "ㄌ"),
    ("謝謝", "謝謝謝"),
)


@dataclass(frozen=True)
class _Phrases:
    """A language's phrases, grouped for drawing."""

    words: dict[str, Any]
    by_reason: dict[tuple[str, str, str], list[dict[str, Any]]]
    is_english: bool

    def pick(self, options: Sequence[Any], uniform: float) -> Any:
        return options[int(uniform * len(options))]

    def pick_for(self, pools: dict[str, list[str]], group: str, uniform: float) -> str:
        """Pick from what fits everything and what fits the group of goods."""
        return self.pick(pools["any"] + pools.get(group, []), uniform)


def _load(shop: Shop) -> _Phrases:
    words = vocabulary("comments_en" if shop.locale == "en" else "comments_zh")
    by_reason: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for family in words["family"]:
        # Dangers are rare: an ordinary family is five times as likely.
        weight = 1 if family.get("safety") else 5
        for group in family["groups"]:
            by_reason.setdefault((family["label"], family["sub"], group), []).extend([family] * weight)
    return _Phrases(words, by_reason, shop.locale == "en")


def _planted_families(
    phrases: _Phrases, catalogue: Catalogue, problems: Sequence[PlantedProblem], rng: np.random.Generator
) -> dict[str, list[dict[str, Any]]]:
    """Tell what customers complain of under a planted problem: everybody has the same trouble."""
    families = {}
    for problem in problems:
        product = catalogue.variants["product"][problem.variants[0]]
        group = catalogue.products["group"][product]
        fitting = phrases.by_reason[problem.true_class, problem.true_sub_reason, group]
        if problem.kind == "runs_small":
            families[problem.planted_id] = [family for family in fitting if family["id"].endswith(".small")]
        else:
            families[problem.planted_id] = [fitting[rng.integers(len(fitting))]]
    return families


def with_comments(
    shop: Shop,
    catalogue: Catalogue,
    returns: pl.DataFrame,
    problems: Sequence[PlantedProblem],
    seed: int,
) -> pl.DataFrame:
    """Compose a comment for most return requests.

    Args:
        shop: The shop.
        catalogue: Its catalogue.
        returns: Requests with true_class, true_sub_reason, planted_id and variant.
        problems: The shop's planted problems.
        seed: Seed of the simulation.

    Returns:
        The requests with comment (empty for about a third), phrase_family (empty where there is no comment)
        and is_safety_concern (the comment tells of a danger).
    """
    rng = stream(seed, shop.merchant_id, "comments")
    phrases = _load(shop)
    count = len(returns)
    has_comment = rng.random(count) >= EMPTY_SHARE
    is_unclear = rng.random(count) < _UNCLEAR_SHARE
    is_mixed = rng.random(count) < _MIXED_SHARE
    tones = choose(rng, _TONE_WEIGHTS, count)
    # The second reason of a comment with two: that of some other request of the same group of products.
    other = rng.permutation(count)
    uniforms = rng.random((count, len(_DRAWS)))
    variants = catalogue.variants.select("product", "colour", "size")
    products = catalogue.products.select("product", "category", "group")
    described = variants.join(products, on="product", how="left", maintain_order="left")[returns["variant"]]
    rows = described.rows(named=True)
    labels = returns.select("true_class", "true_sub_reason").rows()
    planted = returns["planted_id"].to_list()
    planted_families = _planted_families(phrases, catalogue, problems, rng)
    comments, families, concerns = [], [], []
    for index in range(count):
        if not has_comment[index]:
            comments.append("")
            families.append("")
            concerns.append(False)
            continue
        label, sub = ("unclear", "other") if is_unclear[index] else labels[index]
        second = labels[other[index]] if is_mixed[index] else None
        draw = dict(zip(_DRAWS, uniforms[index].tolist(), strict=True))
        families_of_reason = phrases.by_reason[label, sub, rows[index]["group"]]
        if not is_unclear[index]:
            families_of_reason = planted_families.get(planted[index], families_of_reason)
        family = phrases.pick(families_of_reason, draw["family"])
        text = _compose(shop, phrases, family, second, rows[index], _TONES[tones[index]], draw)
        comments.append(text)
        families.append(family["id"])
        concerns.append(bool(family.get("safety")))
    return returns.with_columns(
        pl.Series("comment", comments, dtype=pl.String),
        pl.Series("phrase_family", families, dtype=pl.String),
        pl.Series("is_safety_concern", concerns, dtype=pl.Boolean),
    )


def _compose(
    shop: Shop,
    phrases: _Phrases,
    family: dict[str, Any],
    second: tuple[str, str] | None,
    goods: dict[str, Any],
    tone: str,
    draw: dict[str, float],
) -> str:
    """Compose one comment on the matter of a family."""
    words, pick = phrases.words, phrases.pick
    if tone == "angry" and family["label"] == "changed_mind" and family["sub"] != "price":
        tone = "plain"
    slots = _slots(shop, phrases, goods, draw)
    if tone == "terse":
        text = pick(family["short"], draw["core"]).format_map(slots)
        return _finish(phrases, text, tone, draw)
    matter = _sentence(pick(family["cores"], draw["core"]).format_map(slots), phrases.is_english)
    parts = [pick(words["openings"][tone], draw["opening"]), matter]
    if second and family["label"] not in (second[0], "unclear"):
        families = phrases.by_reason.get((*second, goods["group"]), [])
        harmless = [candidate for candidate in families if not candidate.get("safety")]
        if harmless:
            slots |= {"part": pick(_category(shop, goods)["parts"], draw["second_part"])}
            sentence = pick(pick(harmless, draw["second_family"])["cores"], draw["second_core"])
            sentence = sentence.format_map(slots)
            joiner = pick(words["mixing"]["joiners"], draw["joiner"])
            parts += [joiner, _lower_first(sentence) if phrases.is_english else sentence]
    if draw["has_circumstance"] < 0.45:
        parts.append(phrases.pick_for(words["circumstances"], goods["group"], draw["circumstance"]))
    parts.append(pick(words["wishes"][tone], draw["wish"]))
    # An opening that does not end a sentence runs on in lower case.
    if phrases.is_english and parts[0].endswith(","):
        parts[1] = _lower_first(parts[1])
    text = (" " if phrases.is_english else "").join(part for part in parts if part)
    return _finish(phrases, text, tone, draw)


def _category(shop: Shop, goods: dict[str, Any]) -> dict[str, Any]:
    return vocabulary(shop.merchant_id)["category"][goods["category"]]


def _slots(shop: Shop, phrases: _Phrases, goods: dict[str, Any], draw: dict[str, float]) -> dict[str, str]:
    category, pick = _category(shop, goods), phrases.pick
    colour = goods["colour"]
    return {
        "item": pick(category["nouns"], draw["noun"]),
        "part": pick(category["parts"], draw["part"]),
        "colour": colour.lower() if phrases.is_english else colour,
        "size": goods["size"] or ("medium" if phrases.is_english else "這個尺寸"),
        "when": phrases.pick_for(phrases.words["slots"]["when"], goods["group"], draw["when"]),
        "place": phrases.pick_for(phrases.words["slots"]["place"], goods["group"], draw["place"]),
    }


def _sentence(text: str, is_english: bool) -> str:
    return text[:1].upper() + text[1:] if is_english else text


def _lower_first(text: str) -> str:
    """Lower the first letter, unless it begins the word I or an abbreviation."""
    is_fixed = text[:2] in ("I ", "I'") or text[1:2].isupper()
    return text if is_fixed else text[:1].lower() + text[1:]


def _finish(phrases: _Phrases, text: str, tone: str, draw: dict[str, float]) -> str:
    """Type the comment as people do: shouting, lower case, slips, an emoji."""
    if phrases.is_english:
        if tone == "angry" and draw["loud"] < 0.12:
            text = text.upper()
        elif draw["loud"] > 0.86:
            text = text.lower()
        if tone != "terse" and draw["slip"] < 0.12:
            text = _slip_en(text, draw["slip_at"])
    else:
        if tone == "angry" and draw["loud"] < 0.2:
            text = text.replace("。", "！", 1)
        elif draw["loud"] > 0.85:
            text = text.replace("，", " ").replace("。", " ").strip() or text
        if draw["slip"] < 0.08:
            right, wrong = phrases.pick(_SLIPS_ZH, draw["slip_at"])
            text = text.replace(right, wrong, 1)
    if draw["has_emoji"] < 0.05:
        text = f"{text} {phrases.pick(phrases.words['mixing']['emoji'], draw['emoji'])}"
    return text


def _slip_en(text: str, uniform: float) -> str:
    """Swap two letters, or drop one, somewhere inside a word."""
    spots = [i for i in range(1, len(text) - 2) if text[i : i + 2].isalpha()]
    if not spots:
        return text
    at = spots[int(uniform * len(spots))]
    if int(uniform * 1000) % 2:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :]
