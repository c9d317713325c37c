"""What kind a document is, told from its content."""

from __future__ import annotations

import pytest

from fax.documents.errors import NoPages, UnknownKind
from fax.documents.kind import Kind, read_text, tell


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        pytest.param(b"%PDF-1.4\n", Kind.PDF, id="PDF"),
        pytest.param(b"\r\n\x00 some gateway was here\n%PDF-1.4\n", Kind.PDF, id="PDF after rubbish"),
        pytest.param(b"II*\0\x08\0\0\0", Kind.TIFF, id="TIFF"),
        pytest.param(b"MM\0*\0\0\0\x08", Kind.TIFF, id="TIFF, the other end first"),
        pytest.param(b"II+\0\x08\0\0\0", Kind.TIFF, id="BigTIFF"),
        pytest.param(b"\x89PNG\r\n\x1a\n", Kind.PNG, id="PNG"),
        pytest.param(b"\xff\xd8\xff\xe0\0\x10JFIF", Kind.JPEG, id="JPEG"),
        pytest.param(b"Hello", None, id="perhaps text"),
        pytest.param(b"BMW order 5", None, id="letters that a bitmap begins with"),
    ],
)
def test_a_kind_is_told(head: bytes, kind: Kind | None) -> None:
    assert tell(head) is kind


@pytest.mark.parametrize(
    ("head", "why"),
    [
        pytest.param(b"PK\x03\x04\x14\0", "an office document or an archive", id="docx"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document", id="doc"),
        pytest.param(b"{\\rtf1\\ansi", "a rich text document", id="rtf"),
        pytest.param(b"%!PS-Adobe-3.0", "a PostScript document", id="ps"),
        pytest.param(b"GIF89a\x01", "a GIF picture", id="gif"),
        pytest.param(b"\0\0\0\x18ftypheic", "the format of a telephone", id="heic"),
        pytest.param(b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP picture", id="webp"),
    ],
)
def test_the_sender_is_told_what_was_sent_by_mistake(head: bytes, why: str) -> None:
    with pytest.raises(UnknownKind, match=why):
        tell(head)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("Ačiū, Ольга".encode(), id="UTF-8"),
        pytest.param("Ačiū, Ольга".encode("utf-8-sig"), id="UTF-8 with its mark"),
        pytest.param("Ačiū, Ольга".encode("utf-16"), id="UTF-16 with its mark"),
    ],
)
def test_a_text_is_read(content: bytes) -> None:
    assert read_text(content) == "Ačiū, Ольга"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param("Ačiū".encode("cp1257"), "text in UTF-8", id="an old code page"),
        pytest.param(b"\x7fELF\x02\x01\x01\0", "text in UTF-8", id="a program"),
        pytest.param(b"\xff\xfe\x00", "text in UTF-8", id="half of UTF-16"),
        pytest.param(b"BM\x9a\0\0\0", "text in UTF-8", id="a bitmap"),
        pytest.param(b"\n<!DOCTYPE html><p>Hello", "a web page", id="a web page"),
        pytest.param(b"<svg xmlns='", "a drawing in its source", id="a drawing"),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(UnknownKind, match=why):
        read_text(content)


def test_nothing_is_nothing_to_send() -> None:
    with pytest.raises(NoPages, match="empty"):
        tell(b"")
    with pytest.raises(NoPages, match="blank"):
        read_text(b" \n\f\t")
