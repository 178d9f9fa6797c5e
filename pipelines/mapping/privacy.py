"""What may be kept of each column of a generic file, decided from the mapping and from the column's name.

A column that feeds an identity of a contract is kept as a pseudonym, one that feeds free text is masked, a
postcode is cut. A column that nothing reads is kept masked, unless its name says that it holds a name, an
address or the like, which no mask finds: such a column is not kept at all. The SQL itself is in
``pipelines.privacy``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.contracts import contract
from pipelines.mapping.model import MappedColumn, Mapping, MappingError
from pipelines.sources.base import Handling, snake_case

_PERSON = (
    "first|last|full|given|family|middle|customer|client|buyer|recipient|billing|shipping|delivery|contact|user|"
    "ship_to|bill_to|sender|consignee|cardholder|guest|receiver|purchaser"
)
_PERSONAL = re.compile(
    rf"(^|_)(({_PERSON})_?names?|surname|forename|e_?mails?|phones?|mobile|telephone|tel|fax|whatsapp|wechat|employee|"
    r"address(es|_?\d)?|mail|addr(_?\d)?|street\d?|house_number|zip|zip_?code|post_?code|postal(_code)?|ip|company|"
    r"(gift_)?(recipients?|consignee|addressee|attention|attn|receiver|signature|signed_by)|contact_person|"
    r"gift_(to|from)|passport|iban|tax_id|vat_(id|number)|ssn|birth\w*|dob|card_number|latitude|longitude)(_|$)"
)
_PERSONAL_ELSEWHERE = re.compile(
    r"(^|_)(kunden_?name|vor_?name|nach_?name|familien_?name|empf(ä|ae)nger|anschrift|adress\w*|stra(ß|ss)e|"
    r"haus_?nr|hausnummer|plz|telefon\w*|handy\w*|firma|geburts\w*|nom|nom_client|pr(é|e)nom|courriel|rue|"
    r"t(é|e)l(é|e)phone|code_postal|naissance|nombre|apellidos?|direcci(ó|o)n|correo|calle|tel(é|e)fono|"
    r"c(ó|o)digo_postal|nacimiento|nome|cognome|sobrenome|indirizzo|endere(ç|c)o|cap|cep|cpf)(_|$)"
)
_PERSONAL_CHINESE = re.compile("姓名|電話|电话|手機|手机|郵件|邮件|信箱|邮箱|地址|收件人|收货人|身分證|身份证")
POSTCODE = "ship_postcode_prefix"
_RANK: dict[Handling, int] = {
    "keep": 0,
    "place": 1,
    "reason": 2,
    "free_text": 3,
    "postcode": 4,
    "identity": 5,
    "drop": 6,
}
_MEASURES = ("date", "timestamp", "decimal", "bigint")
REASONS = frozenset(
    (
        "reason_raw", "cancel_reason", "return_reason_raw", "result_raw", "requested_resolution", "resolution",
        "inspection_result", "disposition", "conditions", "text", "campaign",
    )
)  # fmt: skip
"""Contract columns of the shop's or the customer's own words that stand for a reason or a result."""


@dataclass(frozen=True)
class Keeping:
    """How one source column is kept.

    Attributes:
        handling: see :data:`pipelines.sources.base.Handling`.
        kind: of an identity: ``email``, ``phone`` or ``id``.
        empty_values: texts of an identity that stand for nobody.
        is_measured: only dates, times, amounts or counts belong there.
        has_clock: a number there may be a time.
        is_words: a table takes it as somebody's words.
    """

    handling: Handling
    kind: str = ""
    empty_values: tuple[str, ...] = ()
    is_measured: bool = False
    has_clock: bool = False
    is_words: bool = False


def looks_personal(header: str) -> bool:
    """Whether a column's name says that it holds a name, an address, a number or mail of a person."""
    name = snake_case(header)
    if "@" in header or "＠" in header:
        return True
    return bool(_PERSONAL.search(name) or _PERSONAL_ELSEWHERE.search(name) or _PERSONAL_CHINESE.search(header))


def keepings(mapping: Mapping, header: tuple[str, ...]) -> tuple[Keeping, ...]:
    """How each column of the header is kept, in the header's order.

    Raises:
        MappingError: a column is used as two kinds of identity, is used and dropped, or looks personal and is
            used as it is.
    """
    return tuple(_keeping(mapping, name) for name in header)


def _keeping(mapping: Mapping, name: str) -> Keeping:
    folded = name.lower()
    is_dropped = folded in {other.lower() for other in mapping.drop}
    is_declared_plain = folded in {other.lower() for other in mapping.keep}
    used = _uses(mapping, folded)
    if is_dropped and used:
        raise MappingError(
            mapping.file_name,
            "[source] drop",
            found=f"{name}, which {used[0][0]} reads",
            expected="columns that no table reads",
            remedy="take it out of drop, or out of the table",
        )
    # A bare `name` may be a product's where a table reads it; where none does it is nobody's business.
    is_personal = looks_personal(name) or folded.strip() in ("name", "names")
    if is_dropped or (not used and is_personal and not is_declared_plain):
        return Keeping("drop")
    if not used:
        return Keeping("keep" if is_declared_plain else "free_text")
    place, keeping = max(used, key=lambda use: _RANK[use[1].handling])
    _require_one_kind(mapping, name, [use[1].kind for use in used if use[1].kind], place)
    is_plain = is_declared_plain or mapping.is_direct
    if keeping.handling == "keep" and looks_personal(name) and not is_plain:
        raise MappingError(
            mapping.file_name,
            place,
            found=f"{name}, which looks like something about a person and would be kept as it is",
            expected="columns about goods, money and time",
            remedy=f'leave it out, or, if it is not personal, add it to keep = ["{name}"] in [source]',
        )
    return keeping


def _require_one_kind(mapping: Mapping, name: str, kinds: list[str], place: str) -> None:
    if len(set(kinds)) > 1:
        raise MappingError(
            mapping.file_name,
            place,
            found=f"{name} as {' and as '.join(sorted(set(kinds)))}",
            expected="one kind of identity for a column",
            remedy="keep the one that it is: pseudonyms of different kinds cannot be compared",
        )


def _uses(mapping: Mapping, folded: str) -> list[tuple[str, Keeping]]:
    found: list[tuple[str, Keeping]] = []
    for skip in mapping.skips:
        if folded in _folded(skip.where.columns):
            found.append(("[[skip]]", Keeping("keep")))
    for entity in mapping.entities:
        for column in entity.columns:
            if folded in _folded(column.sources):
                found.append((f"[{entity.entity}] {column.name}", _demanded(entity.entity, column)))
        if folded in _folded(entity.where.columns if entity.where else ()):
            found.append((f"[{entity.entity}] where", Keeping("keep")))
        if folded in _folded(entity.attributes or ()):
            found.append((f"[{entity.entity}] attributes", Keeping("free_text")))
    return found


def _folded(names: tuple[str, ...]) -> set[str]:
    return {name.lower() for name in names}


def _demanded(entity: str, column: MappedColumn) -> Keeping:
    if column.name == POSTCODE:
        return Keeping("postcode")
    privacy = contract(entity).column(column.name).privacy
    if privacy == "identity":
        return Keeping("identity", column.name.rsplit("_", 1)[-1], column.empty_values)
    if privacy == "free_text":
        return Keeping("free_text", is_words=True)
    if column.name == "place":
        return Keeping("place")
    if column.name in REASONS:
        return Keeping("reason")
    kind = contract(entity).column(column.name).type.partition("(")[0]
    is_measured = kind in _MEASURES and not column.values and not column.expression
    return Keeping("keep", is_measured=is_measured, has_clock=kind in ("date", "timestamp"))
