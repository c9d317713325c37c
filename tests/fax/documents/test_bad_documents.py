"""Documents that cannot be sent: each is refused with words for the person who sends it, and quickly."""

from __future__ import annotations

import random
import re
import struct
from contextlib import suppress
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption

from fax.documents.errors import Damaged, Locked, NoPages, NotSendable, TooLarge, UnknownKind
from fax.documents.model import Limits, Resolution
from tests.fax.documents.papers import fax, full_page, one_page_pdf, pdf, raw_pdf, stream, words

CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
CIRCLE = raw_pdf(CATALOGUE, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>")
LOCKED = pdf(words, encrypt=StandardEncryption("secret", "owner"))


def aes_256(folder: Path, user: str) -> bytes:
    path = folder / "locked.pdf"
    (folder / "plain.pdf").write_bytes(pdf(words))
    with pikepdf.open(folder / "plain.pdf") as document:
        document.save(path, encryption=pikepdf.Encryption(user=user, owner="owner", R=6))
    return path.read_bytes()


def tiff(*directories: tuple[int, ...], size: tuple[int, int] = (100, 100), strip: int = 8) -> bytes:
    """Return a TIFF whose directories lead where they are told to; each is one strip of nothing."""
    body = struct.pack("<2sHI", b"II", 42, 8)
    for (following,) in directories:
        tags = [
            (256, 4, size[0]),
            (257, 4, size[1]),
            (258, 3, 1),
            (259, 3, 4),
            (262, 3, 0),
            (273, 4, strip),
            (279, 4, 8),
        ]
        body += struct.pack("<H", len(tags)) + b"".join(
            struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags
        )
        body += struct.pack("<I", following)
    return body


def a_picture(folder: Path, name: str) -> bytes:
    path = folder / name
    Image.effect_noise((400, 400), 60).save(path)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("document", "error", "why"),
    [
        pytest.param(b"", NoPages, "The file is empty", id="empty"),
        pytest.param(LOCKED, Locked, "protected with a password", id="locked"),
        pytest.param(b"%PDF-1.7\n", Damaged, "The PDF is damaged", id="only a header"),
        pytest.param(pdf(full_page)[:900], Damaged, "The PDF is damaged", id="cut off"),
        pytest.param(b"%PDF-1.7\n" + bytes(range(256)) * 400, Damaged, "The PDF is damaged", id="noise"),
        pytest.param(CIRCLE, Damaged, "is damaged", id="a page tree in a circle"),
        pytest.param(b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(50), Damaged, "JPEG picture is damaged", id="no JPEG"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(50), Damaged, "PNG picture is damaged", id="no PNG"),
        pytest.param(b"II*\0\xff\xff\xff\x7f", Damaged, "TIFF picture is damaged", id="no TIFF"),
        pytest.param(tiff((0,), size=(65_535, 65_535)), TooLarge, "too large|more dots", id="a TIFF bomb"),
        pytest.param(tiff((0,), size=(0, 100)), Damaged, "damaged|no dots", id="a TIFF of no width"),
        pytest.param(tiff((0,), strip=90_000), Damaged, "TIFF picture is damaged", id="a TIFF of nothing"),
        pytest.param(b"PK\x03\x04" + bytes(50), UnknownKind, "office document", id="an office document"),
        pytest.param("汉字".encode(), UnknownKind, "letters that we cannot print, such as", id="Chinese text"),
        pytest.param("שלום".encode(), UnknownKind, "letters that we cannot print, such as", id="Hebrew text"),
    ],
)  # fmt: skip
def test_it_is_refused(tmp_path: Path, document: bytes, error: type[NotSendable], why: str) -> None:
    with pytest.raises(error, match=why) as refused:
        fax(tmp_path, document)
    assert re.fullmatch(r"[A-Z].*\.", refused.value.why), "a sentence for a person"


@pytest.mark.parametrize("kind", ["png", "jpg", "tif"])
def test_whatever_happened_to_a_picture_it_is_sent_or_refused(tmp_path: Path, kind: str) -> None:
    whole, chance = a_picture(tmp_path, f"whole.{kind}"), random.Random(7)
    sent = 0
    for _ in range(60):
        hurt = bytearray(whole)
        for _ in range(chance.choice((1, 2, 8))):
            hurt[chance.randrange(chance.choice((200, len(hurt))))] = chance.randrange(256)
        with suppress(NotSendable):
            fax(tmp_path, bytes(hurt), Resolution.STANDARD)
            sent += 1
    assert sent < 60


@pytest.mark.parametrize("kind", ["png", "jpg", "tif"])
def test_half_a_picture_is_refused(tmp_path: Path, kind: str) -> None:
    whole = a_picture(tmp_path, f"whole.{kind}")
    with pytest.raises(Damaged, match="damaged or incomplete"):
        fax(tmp_path, whole[: len(whole) // 2])


def test_a_newer_lock_is_told_as_well(tmp_path: Path) -> None:
    with pytest.raises(Locked):
        fax(tmp_path, aes_256(tmp_path, "secret"))


def test_a_lock_against_editing_only_is_none(tmp_path: Path) -> None:
    assert (fax(tmp_path, aes_256(tmp_path, ""))[0] == fax(tmp_path, pdf(words))[0]).all()


def test_directories_in_a_circle_end(tmp_path: Path) -> None:
    assert len(fax(tmp_path, tiff((98,), (8,)))) == 2


def test_ten_thousand_directories_are_not_followed(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="more than 200 pages"):
        fax(tmp_path, tiff(*[(8 + 90 * number,) for number in range(1, 10_000)], (0,)))


@pytest.mark.parametrize(
    ("limits", "document", "why"),
    [
        pytest.param(Limits(pages=3), pdf(*[words] * 4), "has 4 pages; we send up to 3", id="pages of a PDF"),
        pytest.param(Limits(pages=3), b"a\f" * 4, "more than 3 pages", id="pages of a text"),
        pytest.param(
            Limits(pages=3, longest_mm=100), pdf(words, words), "has 6 pages; we send up to 3", id="pages after cutting"
        ),
        pytest.param(Limits(bytes=1_000_000), b"%PDF-" + bytes(2_000_000), "has 2 MB; we take up to 1 MB", id="bytes"),
        pytest.param(Limits(tiff_bytes=1_000), pdf(full_page), "so full of detail", id="bytes of the fax"),
        pytest.param(Limits(bytes=9_000_000), b"word " * 1_000_000, "more than 4 MB", id="bytes of a text"),
    ],
)  # fmt: skip
def test_what_is_too_much_is_refused(tmp_path: Path, limits: Limits, document: bytes, why: str) -> None:
    with pytest.raises(TooLarge, match=why):
        fax(tmp_path, document, limits=limits)


def test_ten_thousand_pages_are_counted_and_not_drawn(tmp_path: Path) -> None:
    kids = b" ".join(b"3 0 R" for _ in range(10_000))
    pages = b"<< /Type /Pages /Kids [%b] /Count 10000 >>" % kids
    with pytest.raises(TooLarge, match="has 10000 pages"):
        fax(tmp_path, raw_pdf(CATALOGUE, pages, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"))


def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(TooLarge, match="has 100 MB; we take up to 50 MB"):
        fax(tmp_path, path)


@pytest.mark.parametrize(
    "box",
    [
        pytest.param(b"/MediaBox [0 0 1e9 1e9]", id="as large as a country"),
        pytest.param(b"/MediaBox [0 0 14400 14400] /UserUnit 75000", id="in units of its own"),
        pytest.param(b"/MediaBox [0 0 -595 -842]", id="upside down"),
        pytest.param(b"/MediaBox [0 0 0 0]", id="nothing"),
        pytest.param(b"/MediaBox [0 0 nan 842]", id="no number"),
        pytest.param(b"/Nothing 0", id="not said"),
    ],
)
def test_a_page_of_a_mad_size_is_one_page_of_paper(tmp_path: Path, box: bytes) -> None:
    (page,) = fax(tmp_path, one_page_pdf(stream(b"0 0 100 100 re f"), page=box))
    assert page.shape[0] <= 2_400


def test_a_form_of_another_program_is_refused(tmp_path: Path) -> None:
    form = b"/NeedsRendering true /AcroForm << /Fields [] /XFA 5 0 R >>"
    template = stream(b'<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"></xdp:xdp>')
    with pytest.raises(UnknownKind, match="only its own program can show"):
        fax(tmp_path, one_page_pdf(stream(b""), template, catalogue=form))


def scripted(action: bytes) -> bytes:
    """Return a form of one field that a script would change, were it run."""
    look = stream(b"BT /F 20 Tf 5 5 Td (as it was) Tj ET", b"/Type /XObject /Subtype /Form /BBox [0 0 300 40]")
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (as it was) /Rect [100 600 400 640] /AP << /N 6 0 R >> "
        b"/DA (/F 20 Tf 0 g) /AA << /F %b /C %b >> >>" % (action, action)
    )
    names = b"/Names << /JavaScript << /Names [(run) %b] >> >>" % action
    form = b"/AcroForm << /Fields [5 0 R] /DA (/F 20 Tf 0 g) /DR << /Font << /F 7 0 R >> >> /CO [5 0 R] >>"
    return one_page_pdf(
        *(
            stream(b"0 0 50 50 re f"),
            field,
            look.replace(b"/BBox", b"/Resources << /Font << /F 7 0 R >> >> /BBox"),
            font,
        ),
        page=b"/MediaBox [0 0 595 842] /Annots [5 0 R] /AA << /O %b >>" % action,
        catalogue=b"/OpenAction %b %b %b" % (action, names, form),
    )


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(
            b"<< /S /JavaScript /JS (this.getField\\('a'\\).value = 'CHANGED CHANGED'; app.alert\\('run'\\);) >>",
            id="a script that changes what is seen",
        ),
        pytest.param(b"<< /S /JavaScript /JS (while \\(true\\) {}) >>", id="a script without end"),
        pytest.param(b"<< /S /Launch /F (/bin/sh) >>", id="a program"),
        pytest.param(b"<< /S /URI /URI (http://127.0.0.1:9/) >>", id="an address"),
        pytest.param(b"<< /S /SubmitForm /F (http://127.0.0.1:9/) >>", id="a form that sends itself"),
        pytest.param(b"<< /S /ResetForm >>", id="a form that empties itself"),
        pytest.param(b"<< /S /Hide /T (a) >>", id="a field that hides"),
    ],
)
def test_nothing_in_a_pdf_is_run(tmp_path: Path, action: bytes) -> None:
    (quiet,) = fax(tmp_path, scripted(b"null"))
    (active,) = fax(tmp_path, scripted(action))
    assert (active == quiet).all()
    assert quiet[:, 300:].any(), "the field is seen"


def test_our_pdfium_has_no_engine_for_scripts() -> None:
    assert not set(pypdfium2.PDFIUM_INFO.flags) & {"V8", "XFA"}


def test_nothing_is_left_of_a_name(tmp_path: Path) -> None:
    """The name says PNG, the content PDF: the content is right."""
    path = tmp_path / "picture.png"
    path.write_bytes(pdf(words))
    assert fax(tmp_path, path, Resolution.STANDARD)[0].any()
