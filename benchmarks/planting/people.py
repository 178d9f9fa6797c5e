"""The planted persons, what of them must not be found again, and the texts in which they stand."""

# ruff: noqa: SIM905 - words in a row are easier to read

from __future__ import annotations

import re
from dataclasses import dataclass

_FIRST = (
    "Zenobia Quillon Ottoline Thaddeus Xanthippe Barnaby Calanthe Dragomir Evadne Fionnuala Gwendolyn Hyacinth Isolde"
).split()
_LAST = (
    "Quartermaine Varnathby Brackenmoor Featherstonehaugh Cholmondeley Wrigglesworth Ravenscroft "
    "Thistlethwaite Oglethorpe Pemberton Szymborski Vandermeersch Whittingham"
).split()
_LANES = (
    "Larkmead Hollowdene Ambleforth Wraysbury Tintagelford Nettlewold Quernmore "
    "Fallowmire Gorseleigh Ivythorpe Kestrelbrook Loxwood Marrowdale"
).split()
_CHINESE = "歐陽翠嵐 王曉雲 陳柏翰 林詩涵 黃品叡 張語彤 劉宥廷 蔡承恩 許芷瑄 上官婉清 諸葛亮宇 洪子晴".split()
_SURNAMES_OF_TWO = ("歐陽", "上官", "諸葛")
_ENGLISH_TEXTS = (
    "This is {name}, please leave it at {street}. Call {phone} or write to {email}",
    "My name is {name}. Too small.",
    "{name} lives at {street} and wants a refund",
    "ask for {first} {last}, {phone}",
    "Regards, {name}\n{street}",
    "tell {name} the zipper broke",
    "{first} says the heel is loose. mail {email}",
    "c/o {last}, {street}",
    "phone {national} or {local} at my mail provider",
)
_CHINESE_TEXTS = (
    "我是{name}，地址{street}，電話{phone}，信箱{email}",
    "{name}：尺寸不合，請寄到{street}",
    "請聯絡{name}先生 {phone}",
    "顏色不對。{name} 敬上",
    "收件人：{name}，{street}",
    "請轉告{first}，尺寸太小，電話{national}",
)


@dataclass(frozen=True)
class Person:
    """A planted person.

    Attributes:
        first: given name.
        last: family name.
        name: as it is written.
        street: with its number.
        phone: as it is written, with separators.
        national: its digits as they are dialled within the country.
        email: address.
        is_chinese: whether the name is.
    """

    first: str
    last: str
    name: str
    street: str
    phone: str
    national: str
    email: str
    is_chinese: bool

    @property
    def local(self) -> str:
        """What stands before the sign in the e-mail address."""
        return self.email.partition("@")[0]

    @property
    def canaries(self) -> set[str]:
        """What must not be found: names whole and in parts, street whole and in parts, e-mail, telephone numbers.

        A part of a Chinese name counts from two characters on: one alone is a word.
        """
        digits = {re.sub(r"\D", "", self.phone), self.national, self.national.lstrip("0")}
        whole = {self.name, self.street, self.phone, self.email, self.local}
        if not self.is_chinese:
            return whole | digits | {self.first, self.last, self.street.split()[1]}
        road, _, house = self.street.partition("段")
        names = {part for part in (self.first, self.last) if len(part) > 1}
        return whole | digits | names | {house, road[road.index("民") :]}

    def text(self, number: int, *, is_address_known: bool = True) -> str:
        """One of the texts in which the person stands.

        Args:
            number: which, in turns.
            is_address_known: whether the record, or its order, states the address: without that nobody can tell what
                stands before the sign in it from a word.
        """
        texts = _CHINESE_TEXTS if self.is_chinese else _ENGLISH_TEXTS
        if not is_address_known:
            texts = tuple(text for text in texts if "{local}" not in text)
        return texts[number % len(texts)].format(**vars(self), local=self.local)


def people() -> dict[str, list[Person]]:
    """The planted persons by merchant of the demo: 13 English and 12 Chinese ones, four canaries each."""
    english = [
        Person(first, last, f"{first} {last}", f"{100 + 37 * n} {lane} Lane", f"+1 (415) 555-{3000 + n}",
               f"415555{3000 + n}", f"{first.lower()}.{last.lower()}@canary{n}.example", is_chinese=False)
        for n, (first, last, lane) in enumerate(zip(_FIRST, _LAST, _LANES, strict=True))
    ]  # fmt: skip
    chinese = []
    for n, name in enumerate(_CHINESE):
        cut = 2 if name.startswith(_SURNAMES_OF_TWO) else 1
        street, phone = f"臺北市松山區民生東路五段{10 + n}號{n + 1}樓", f"0912-{300 + n}-{400 + n}"
        national = phone.replace("-", "")
        email = f"canaryzh{n}@mail{n}.example"
        chinese.append(Person(name[cut:], name[:cut], name, street, phone, national, email, is_chinese=True))
    return {"fashion": english, "home": chinese}
