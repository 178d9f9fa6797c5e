"""Opening files: encodings and compressions that are accepted, and what is refused with which words."""

from __future__ import annotations

import gzip
import zipfile
from typing import TYPE_CHECKING

import pytest

from pipelines.errors import Refused
from pipelines.ingest.opening import open_file

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "Order ID,Name\n1,Café 漢\n"


def opened(folder: Path, name: str, content: bytes, encoding: str | None = None):
    path = folder / name
    path.write_bytes(content)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return open_file(path, scratch, encoding)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "utf-8-bom"),
        (TEXT.encode("utf-16"), "utf-16"),
    ],
)
def test_unicode_is_recognised(tmp_path: Path, content: bytes, encoding: str) -> None:
    found = opened(tmp_path, "a.csv", content)
    assert found.encoding == encoding
    assert found.text_path.read_text(encoding="utf-8-sig") == TEXT


def test_windows_1252_is_recognised_and_recorded(tmp_path: Path) -> None:
    found = opened(tmp_path, "a.csv", "id,name\n1,Zoë – €5\n".encode("cp1252"))
    assert found.encoding == "cp1252"
    assert found.text_path.read_text(encoding="utf-8") == "id,name\n1,Zoë – €5\n"


def test_a_stated_encoding_is_taken(tmp_path: Path) -> None:
    found = opened(tmp_path, "a.csv", "id,名\n1,茶\n".encode("cp932"), "cp932")
    assert found.text_path.read_text(encoding="utf-8") == "id,名\n1,茶\n"


def test_line_ends_survive_transcoding(tmp_path: Path) -> None:
    found = opened(tmp_path, "a.csv", b"id,n\r\n1,\xe9\r\n")
    assert found.text_path.read_bytes() == "id,n\r\n1,é\r\n".encode()


@pytest.mark.parametrize(
    ("content", "encoding", "words"),
    [
        (b"id,n\n1,a\n2,\x81\n", None, ("line 3", "0x81 that is not cp1252", "not UTF-8 either (line 3)")),
        (b"id,n\n1,\xe9\n2,\x81\n", None, ("line 3", "not UTF-8 either (line 2)")),
        (b"\xef\xbb\xbfid,n\n1,\xe9\n", None, ("line 2", "0xe9 that is not utf-8")),
        (b"id,n\n1,a\n2,\xe9\n", "utf-8", ("line 3", "0xe9 that is not utf-8")),
        ("id,n\n1,茶\n2,".encode("cp932") + b"\x81\n", "cp932", ("line 3", "0x81 that is not cp932")),
        ("id,n\n1,a\n".encode("utf-16-le") + b"\x00\xdc", "utf-16-le", ("line 3", "that is not utf-16-le")),
        (b"\xfe\xff" + "id,n\n1,a\n".encode("utf-16-be") + b"\xdc\x00\x00a", None, ("line 3", "utf-16")),
        (b"id,n\n", "utf-16", ("line 1", "bytes that are not utf-16")),
    ],
)
def test_what_cannot_be_decoded_is_refused_with_its_line(
    tmp_path: Path, content: bytes, encoding: str | None, words: tuple[str, ...]
) -> None:
    with pytest.raises(Refused) as caught:
        opened(tmp_path, "a.csv", content, encoding)
    for word in (*words, "gb18030 (Chinese)"):
        assert word in str(caught.value)


def test_gzip_and_zip_are_unpacked(tmp_path: Path) -> None:
    packed = opened(tmp_path, "a.csv.gz", gzip.compress(TEXT.encode()))
    assert (packed.compression, packed.text_path.read_text()) == ("gzip", TEXT)
    archive = tmp_path / "made.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("folder/orders.csv", TEXT)
        made.writestr("__MACOSX/._orders.csv", "x")
    unpacked = opened(tmp_path, "b.zip", archive.read_bytes())
    assert (unpacked.compression, unpacked.text_path.read_text()) == ("zip", TEXT)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "an empty file"),
        ("nul.csv", b"a,b\n1,2\n3,\x004\n", "NUL"),
        ("cut.gz", gzip.compress(TEXT.encode() * 99, mtime=0)[:60], "damaged"),
        ("bad.zip", b"PK\x03\x04nothing", "damaged"),
        ("odd.csv", b"a,b\n\x81\x8d,\xff\n", "not cp1252"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words) as refusal:
        opened(tmp_path, name, content)
    assert name in str(refusal.value)


def test_packed_files_in_which_a_bit_was_turned_are_refused(tmp_path: Path) -> None:
    """Wherever it was turned: in the head, in the packed bytes, in the list of a zip, in a check sum."""
    archive = tmp_path / "made.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("orders.csv", TEXT * 99)
    for name, content in (("a.csv.gz", gzip.compress(TEXT.encode() * 99, mtime=0)), ("a.zip", archive.read_bytes())):
        refused = 0
        for place in range(len(content) * 8):
            turned = bytearray(content)
            turned[place // 8] ^= 1 << place % 8
            try:
                opened(tmp_path, name, bytes(turned))
            except Refused as refusal:
                refused += 1
                assert "permission" not in str(refusal)
        assert refused > len(content)


def test_nul_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        opened(tmp_path, "nul.csv", b"a,b\n1,2\n3,\x004\n")
    assert refusal.value.line == 3


def test_a_missing_file_and_an_unknown_codec_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        open_file(tmp_path / "none.csv", tmp_path)
    with pytest.raises(Refused, match="codec"):
        opened(tmp_path, "a.csv", b"a,b\n1,2\n", "klingon")


@pytest.mark.parametrize("codec", ["hex", "zip", "rot13", "undefined"])
def test_a_codec_that_is_none_of_text_is_refused(tmp_path: Path, codec: str) -> None:
    with pytest.raises(Refused, match="a codec such as utf-8"):
        opened(tmp_path, "a.csv", b"a,b\n1,2\n", codec)


def test_a_codec_that_gives_half_characters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not utf-7"):
        opened(tmp_path, "a.csv", b"a,b\n1,+2AA-\n", "utf-7")


def test_a_long_name_is_no_fault(tmp_path: Path) -> None:
    assert opened(tmp_path, "n" * 248 + ".csv.gz", gzip.compress(b"a,b\n1,\xe9\n")).encoding == "cp1252"


def test_two_files_in_a_zip_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "two.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("a.csv", TEXT)
        made.writestr("b.csv", TEXT)
    with pytest.raises(Refused, match="2 files"):
        open_file(archive, tmp_path)
