"""Owns the question of what kind a document is, told from its content: a name says what its owner believes."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fax.documents.errors import NoPages, UnknownKind

#: A PDF may have as much of something else before it, such as the header of a mail.
HEAD = 1_024
_ADVICE: Final = "Save or print it as PDF and send that."


class Kind(StrEnum):
    """What we can make a fax of."""

    PDF = "PDF"
    TIFF = "TIFF"
    PNG = "PNG"
    JPEG = "JPEG"
    TEXT = "text"


_BEGINNINGS: Final = (
    (b"%PDF-", Kind.PDF),
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    (b"II+\0", Kind.TIFF),  # BigTIFF
    (b"MM\0+", Kind.TIFF),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
)
#: What people send by mistake, and would be puzzled by "unknown".
_STRANGERS: Final = (
    (b"PK\x03\x04", "an office document or an archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document"),
    (b"{\\rtf", "a rich text document"),
    (b"%!PS", "a PostScript document"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
)
#: Those that read as text, but whose text is not what the reader should see.
_MARKUP: Final = ("<!doctype", "<html", "<?xml", "<svg")
_PRINTED_CONTROLS: Final = "\t\n\v\f\r"


def tell(head: bytes) -> Kind | None:
    """Name the kind by the first `HEAD` bytes; None may be text. Raises UnknownKind and NoPages."""
    if not head:
        raise NoPages("The file is empty.")
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    for beginning, name in _STRANGERS:
        if head.startswith(beginning):
            raise UnknownKind(f"This is {name}, which cannot be faxed as it is. {_ADVICE}")
    if head[4:8] == b"ftyp":
        raise UnknownKind("This is a film, or a picture in the format of a telephone. Send the picture as JPEG or PDF.")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        raise UnknownKind("This is a WebP picture. Send it as PNG, JPEG or PDF.")
    return Kind.PDF if b"%PDF-" in head else None


def read_text(content: bytes) -> str:
    """Return what a text file says. Raises UnknownKind when it is none that we read, and NoPages when it is blank."""
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if any(ord(letter) < 0x20 and letter not in _PRINTED_CONTROLS for letter in text):
        raise UnknownKind(
            "This file is neither a PDF, a TIFF, PNG or JPEG picture, nor a text in UTF-8. Save or print it as PDF."
        )
    if text.lstrip().lower().startswith(_MARKUP):
        raise UnknownKind(f"This is a web page or a drawing in its source. {_ADVICE}")
    if not text.strip():
        raise NoPages("The text is blank.")
    return text
