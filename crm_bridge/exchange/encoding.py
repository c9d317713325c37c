"""Owns what a file is by its bytes: its encoding, or why it is no text. Reads it once, in pieces; knows no table."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crm_bridge.exchange.errors import NotReadable
from crm_bridge.exchange.letters import ENCODINGS, legacy_encoding

_PIECE = 1 << 20
_HEAD = 64_000
#: Bytes beyond ASCII are judged from so much of the lines that have them.
_SAMPLE = 64_000
_LONGEST_SAMPLE_LINE = 4_000
_SAVE_AS = "open it and save it as CSV (UTF-8)"
#: How files begin that are no text, and what people call them.
_SIGNATURES = (
    (b"PK\x03\x04", f"This is a workbook (xlsx, ods) or another zip file: {_SAVE_AS}."),
    (b"PK\x05\x06", f"This is an empty zip file: {_SAVE_AS}."),
    (b"\xd0\xcf\x11\xe0", f"This is an old Excel workbook (xls): {_SAVE_AS}."),
    (b"%PDF", "This is a PDF: customers are read from CSV and vCard."),
    (b"\x1f\x8b", "This is a gzip file: unpack it first."),
    (b"{\\rtf", f"This is a text document (rtf): {_SAVE_AS}."),
    (b"\x89PNG", "This is a picture: customers are read from CSV and vCard."),
    (b"\xff\xd8\xff", "This is a picture: customers are read from CSV and vCard."),
)
_MARKUP = ((b"<html", "a web page"), (b"<!doctype", "a web page"), (b"<table", "a web page"), (b"<?xml", "XML"))
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What a person may choose from. UTF-8 is always read with its mark, should it have one.
CHOICES = ("utf-8-sig", "utf-16", *ENCODINGS)


@dataclass(frozen=True, slots=True)
class Found:
    """What a file's bytes say: its encoding, its size, a digest to tell it again, and its beginning."""

    encoding: str
    size: int
    digest: str
    head: bytes


def as_chosen(choice: str, head: bytes) -> str:
    """Return the encoding that a person means: there are two of UTF-16. Raises NotReadable for none of `CHOICES`."""
    if choice not in CHOICES:
        raise NotReadable(f"“{choice[:40]}” is no encoding that is read.")
    if choice != "utf-16" or _marked(head) == "utf-16":
        return choice
    return _unmarked_utf16(head) or "utf-16-le"


def digest_of(path: Path) -> str:
    """Return what tells this content from every other."""
    digest = hashlib.sha256()
    for piece in _pieces(path):
        digest.update(piece)
    return digest.hexdigest()[:32]


def find_encoding(path: Path, country: str) -> Found:
    """Read a file and return what it is. Raises NotReadable for what is no text at all, OSError."""
    digest, size, head = hashlib.sha256(), 0, b""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    sound = True
    for piece in _pieces(path):
        digest.update(piece)
        size += len(piece)
        if not head:
            head = piece[:_HEAD]
            _refuse_what_is_no_text(head)
        if sound:
            try:
                utf8.decode(piece)
            except UnicodeDecodeError:
                sound = False
    if not head.strip(b"\x00\xef\xbb\xbf\xfe\xff \t\r\n"):
        raise NotReadable("The file is empty.")
    # A file that ends within a letter is UTF-8 all the same: the last row is refused.
    encoding = _marked(head) or _unmarked_utf16(head) or ("utf-8-sig" if sound else _of_many(path, country))
    if not encoding.startswith(("utf-16", "utf-32")) and _is_binary(head):
        raise NotReadable("This is no text: customers are read from CSV and vCard.")
    return Found(encoding, size, digest.hexdigest()[:32], head)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _refuse_what_is_no_text(head: bytes) -> None:
    for signature, why in _SIGNATURES:
        if head.startswith(signature):
            raise NotReadable(why)
    begins = head[:200].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for mark, what in _MARKUP:
        if begins.startswith(mark):
            raise NotReadable(f"This is {what}, perhaps called .xls: {_SAVE_AS}.")


def _marked(head: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)


def _unmarked_utf16(head: bytes) -> str | None:
    """Tell UTF-16 without its mark by its line ends, else by the zeros beside its Latin letters."""
    sample = head[: len(head) & ~1]
    ends = sample.count(b"\n") + sample.count(b"\r")
    for encoding in ("utf-16-le", "utf-16-be"):
        text = sample.decode(encoding, "replace")
        if ends and (text.count("\n") + text.count("\r")) * 10 > ends * 9:
            return encoding
    little, big = sample[1::2].count(0), sample[0::2].count(0)
    if max(little, big) < len(sample) / 8 or min(little, big) * 10 > max(little, big):
        return None
    return "utf-16-le" if little > big else "utf-16-be"


def _of_many(path: Path, country: str) -> str:
    """Judge by lines that are not ASCII: UTF-8 when most of them are, for a few broken rows are only those."""
    good = bad = 0
    sample = bytearray()
    with path.open("rb") as file:
        while line := file.readline(_LONGEST_SAMPLE_LINE):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
                if len(sample) < _SAMPLE:
                    sample += line
    return "utf-8-sig" if good and good >= bad else legacy_encoding(bytes(sample), country)


def _is_binary(head: bytes) -> bool:
    """Say whether there are more control characters than a spoilt text would have."""
    controls = sum(head.count(code) for code in (*range(9), *range(14, 32)))
    return controls * 20 > len(head)
