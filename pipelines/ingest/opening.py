"""Opening a file: its bytes are hashed, unpacked and made UTF-8; what was done is recorded.

Accepted are CSV text in UTF-8 (with or without a byte order mark), UTF-16 with one, Windows-1252, or an
encoding that the user states; as it is, in gzip, or alone in a zip; and Parquet. Nothing is interpreted here.
"""

from __future__ import annotations

import codecs
import errno
import gzip
import hashlib
import lzma
import shutil
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipelines.errors import Refused
from pipelines.machine import is_of_machine
from pipelines.masking.numbers import without_mails

_CHUNK = 8 << 20
_GZIP, _ZIP, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
_DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, RuntimeError, struct.error)
_XML = (b"<?xm", codecs.BOM_UTF8 + b"<")


@dataclass(frozen=True)
class OpenedFile:
    """A file that can be read.

    Attributes:
        path: as it was given.
        text_path: UTF-8 text (or the Parquet file itself).
        sha256: of the bytes as they were given.
        byte_count: of the file as it was given.
        encoding: of the text inside, before it was made UTF-8; ``parquet`` for Parquet.
        compression: ``none``, ``gzip`` or ``zip``.
    """

    path: Path
    text_path: Path
    sha256: str
    byte_count: int
    encoding: str
    compression: str

    @property
    def file_name(self) -> str:
        """The name without its folder, addresses in it masked; the only part of the path that is kept."""
        return without_mails(self.path.name)

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet rather than text."""
        return self.encoding == "parquet"


def open_file(path: Path, scratch: Path, encoding: str | None = None) -> OpenedFile:
    """Open one file.

    Args:
        path: the file.
        scratch: existing folder for unpacked and transcoded copies; the caller removes it.
        encoding: a Python codec name that the user states, or None to find out.

    Raises:
        Refused: missing, empty, not readable, not text, or in no accepted encoding.
    """
    try:
        digest, size = _hash(path)
        compression, plain = _unpack(path, scratch)
        with plain.open("rb") as stream:
            head = stream.read(4)
    except OSError as error:
        if is_of_machine(error):
            raise
        raise Refused(
            without_mails(path.name),
            found=f"the file cannot be read ({error.strerror or type(error).__name__})",
            expected="a file that this user may read",
            remedy="check the path and its permissions",
        ) from error
    if not head:
        name = without_mails(path.name)
        raise Refused(name, found="an empty file", expected="a header and records", remedy="export it again")
    if head.startswith(_XML):
        raise Refused(
            without_mails(path.name),
            found="an XML file",
            expected="CSV text or Parquet",
            remedy="export it again and choose CSV; leave a customers export out, orders tell what is needed",
        )
    if head == _PARQUET:
        return OpenedFile(path, plain, digest, size, "parquet", compression)
    found, text_path = _as_utf8(plain, scratch, without_mails(path.name), encoding, head)
    return OpenedFile(path, text_path, digest, size, found, compression)


def _hash(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def _unpack(path: Path, scratch: Path) -> tuple[str, Path]:
    with path.open("rb") as stream:
        head = stream.read(4)
    target = scratch / "unpacked"
    if head[:2] == _GZIP:
        try:
            with gzip.open(path) as packed, target.open("wb") as plain:
                shutil.copyfileobj(packed, plain, _CHUNK)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise _damaged(without_mails(path.name), "gzip") from error
        return "gzip", target
    if head == _ZIP:
        try:
            with zipfile.ZipFile(path) as archive:
                member = _only_member(archive, without_mails(path.name))
                with archive.open(member) as packed, target.open("wb") as plain:
                    shutil.copyfileobj(packed, plain, _CHUNK)
        except _DAMAGED_ZIP as error:
            raise _damaged(without_mails(path.name), "zip") from error
        except OSError as error:
            # Without a number, or with that of a wrong argument, it comes of what stands in the archive.
            if error.errno not in (None, errno.EINVAL):
                raise
            raise _damaged(without_mails(path.name), "zip") from error
        return "zip", target
    return "none", path


def _only_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = [info for info in archive.infolist() if not info.is_dir() and not info.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        raise Refused(
            name,
            found=f"a zip with {len(members)} files",
            expected="a zip with one export in it",
            remedy="unpack it and give the files one by one",
        )
    return members[0]


def _damaged(name: str, kind: str) -> Refused:
    return Refused(
        name,
        found=f"a {kind} file that is damaged, cut short or protected by a password",
        expected=f"a whole {kind} file",
        remedy="download it again",
    )


def _as_utf8(plain: Path, scratch: Path, name: str, stated: str | None, head: bytes) -> tuple[str, Path]:
    if stated:
        try:
            codec = codecs.lookup(stated).name
            # A codec from bytes to bytes, such as hex, is none of text.
            codecs.getincrementaldecoder(codec)
            "".encode(codec)
        except (LookupError, UnicodeError):
            raise Refused(
                name,
                found=f"--encoding {stated}",
                expected="a codec such as utf-8, cp1252, cp932",
                remedy="correct it",
            ) from None
        if codec != "utf-8":
            return codec, _transcode(plain, scratch / "utf8", name, codec)
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", _transcode(plain, scratch / "utf8", name, "utf-16")
    try:
        _walk(plain, "utf-8", None, name)
    except _UndecodableError as error:
        if stated or head.startswith(codecs.BOM_UTF8):
            raise _undecodable(name, "utf-8", error) from None
        return "cp1252", _transcode(plain, scratch / "utf8", name, "cp1252", or_utf8=error)
    return ("utf-8-bom" if head.startswith(codecs.BOM_UTF8) else "utf-8"), plain


def _transcode(plain: Path, target: Path, name: str, codec: str, or_utf8: _UndecodableError | None = None) -> Path:
    with target.open("w", encoding="utf-8", newline="") as out:
        try:
            _walk(plain, codec, out, name)
        except _UndecodableError as error:
            raise _undecodable(name, codec, error, or_utf8) from None
    return target


class _UndecodableError(Exception):
    """Where a file cannot be decoded: the line, and the byte there, if it is one byte's fault."""

    def __init__(self, line: int, byte: int | None) -> None:
        super().__init__()
        self.line = line
        self.byte = byte


def _walk(plain: Path, codec: str, out: IO[str] | None, name: str) -> None:
    """Decode the file chunk by chunk, strictly; a NUL character means that it is not text.

    Raises:
        Refused: it is not text.
        _UndecodableError: it is not in this encoding.
    """
    decoder = codecs.getincrementaldecoder(codec)()
    line = 1
    with plain.open("rb") as stream:
        while True:
            chunk = stream.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise _UndecodableError(line + _feeds_before(error, codec), error.object[error.start]) from None
            except UnicodeError:
                # UTF-16 without its mark, and what else has no place in the text.
                raise _UndecodableError(line, None) from None
            if "\0" in text:
                raise Refused(
                    name,
                    line=line + text[: text.index("\0")].count("\n"),
                    found="a NUL character",
                    expected="text (CSV) or Parquet",
                    remedy="export it again; a spreadsheet (.xlsx) must be saved as CSV",
                )
            if out:
                try:
                    out.write(text)
                except UnicodeEncodeError as error:
                    raise _UndecodableError(line + text.count("\n", 0, error.start), None) from None
            if not chunk:
                return
            line += text.count("\n")


def _feeds_before(error: UnicodeDecodeError, codec: str) -> int:
    """Line breaks before the byte at fault, in the chunk that was being decoded."""
    before = error.object[: error.start]
    # Where both are one codec's words, the error names the one that also knows the order of bytes.
    known = error.encoding if error.encoding.startswith("utf-16") else codec
    return before.decode(known, "ignore").count("\n")


def _undecodable(name: str, codec: str, error: _UndecodableError, or_utf8: _UndecodableError | None = None) -> Refused:
    found = f"bytes that are not {codec}" if error.byte is None else f"a byte 0x{error.byte:02x} that is not {codec}"
    if or_utf8:
        found += f", in a file that is not UTF-8 either (line {or_utf8.line})"
    return Refused(
        name,
        line=error.line,
        found=found,
        expected="UTF-8 (with or without a byte order mark), Windows-1252, or what --encoding states",
        remedy="save it as CSV in UTF-8; or state what it was saved in, for example --encoding gb18030 (Chinese),"
        " cp932 (Japanese), cp1251 (Cyrillic)",
    )
