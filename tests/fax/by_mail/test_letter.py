"""Which document of a mail is the fax, and which mails have none, or too many."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from fax.by_mail.errors import OpenerLost, Unfit
from fax.by_mail.letter import document_of
from fax.by_mail.opener import open_letter
from tests.fax.by_mail.post import PDF, PNG, mail

TIFF = b"II*\0" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)


def one(content: bytes, kind: str, name: str = "a") -> tuple[tuple[bytes, str, str], ...]:
    return ((content, kind, name),)


KINDS = {
    "pdf": (PDF, "application/pdf"),
    "pdf by content": (PDF, "application/octet-stream"),
    "tiff": (TIFF, "image/tiff"),
    "png": (PNG, "image/png"),
    "jpeg": (JPEG, "image/jpeg"),
    "text": ("Labas, Ąžuole.\n".encode(), "application/octet-stream"),
}


@pytest.mark.parametrize(("content", "kind"), KINDS.values(), ids=KINDS)
def test_an_attached_document_is_the_fax(content: bytes, kind: str) -> None:
    assert document_of(mail(attached=one(content, kind))) == content


def test_a_text_is_read_in_its_charset() -> None:
    made = EmailMessage()
    made.set_content("see attached")
    made.add_attachment("Ąžuolas", charset="windows-1257", filename="a.txt")
    assert document_of(made.as_bytes()).decode().strip() == "Ąžuolas"


def test_a_text_attached_inline_is_not_taken_for_the_mail() -> None:
    made = EmailMessage()
    made.set_content("see attached")
    made.add_attachment("the document", filename="a.txt", disposition="inline")
    assert document_of(made.as_bytes()).decode().strip() == "the document"


def test_a_logo_that_the_html_shows_is_no_document() -> None:
    made = EmailMessage()
    made.set_content("see attached")
    made.add_alternative('<p>see attached <img src="cid:Logo@x"></p>', subtype="html")
    html = made.get_payload()[1]  # type: ignore[index]  # a list, since there are two
    html.add_related(PNG, "image", "png", cid="<logo@x>")  # type: ignore[union-attr]  # a part
    made.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    assert document_of(made.as_bytes()) == PDF


@pytest.mark.parametrize(
    "kind", ["application/pkcs7-signature", "application/pgp-signature", "text/vcard", "text/calendar"]
)
def test_signatures_and_cards_are_no_documents(kind: str) -> None:
    assert document_of(mail(attached=(*one(PDF, "application/pdf"), *one(b"x", kind)))) == PDF


TEXTS = {
    "plain": (mail(body="Dear Bob,\n\nyes.\n", attached=()), "Dear Bob,\n\nyes."),
    "its signature is cut": (mail(body="Yes.\n\n-- \nAlice\n+370", attached=()), "Yes."),
    "beside html": (mail(body="Yes.", html="<p>Yes.</p>", attached=()), "Yes."),
    "with a card": (mail(body="Yes.", attached=one(b"x", "text/vcard")), "Yes."),
    "flowed": (
        b"Content-Type: text/plain; format=flowed\r\n\r\nOne \r\nline.\r\n From here\r\n-- \r\nAlice\r\n",
        "One line.\nFrom here",
    ),
    "flowed, blanks gone": (b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\nOne \r\nline.\r\n", "Oneline."),
}


@pytest.mark.parametrize(("made", "text"), TEXTS.values(), ids=TEXTS)
def test_without_a_document_the_text_is_the_fax(made: bytes, text: str) -> None:
    assert document_of(made).decode() == text


def nested(depth: int) -> bytes:
    begins = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(depth))
    return b"".join(begins) + b"Content-Type: application/pdf\r\n\r\n" + PDF


def within(inner: EmailMessage) -> bytes:
    made = EmailMessage()
    made.set_content("see the mail")
    made.add_attachment(inner)
    return made.as_bytes()


NONE = {
    "nothing": (mail(body="", attached=()), "no document attached"),
    "only a signature": (mail(body="-- \nAlice", attached=()), "no document attached"),
    "html only": (mail(body=None, html="<p>Yes.</p>", attached=()), "no document attached"),
    "two": (mail(attached=(*one(PDF, "application/pdf", "a"), *one(PNG, "image/png", "b"))), "2 documents: a, b"),
    "empty": (mail(attached=one(b"", "application/pdf")), "is empty"),
    "office": (mail(attached=one(b"PK\x03\x04", "application/zip")), "an office document"),
    "html attached": (mail(attached=one(b"<!doctype html>", "application/x")), "web page"),
    "unknown": (mail(attached=one(b"\0\1\2", "application/pdf")), "neither a PDF"),
    "winmail": (mail(attached=one(b"x", "application/ms-tnef")), "winmail.dat"),
    "sealed": (mail(attached=one(b"x", "application/pkcs7-mime")), "is encrypted"),
    "a mail in a mail": (within(EmailMessage()), "is a mail itself"),
    "nested without end": (nested(3_000), "nested too deeply"),
    "too many parts": (mail(attached=one(b"x", "text/vcard") * 600), "more than 500 parts"),
}


@pytest.mark.parametrize(("made", "why"), NONE.values(), ids=NONE)
def test_what_is_no_fax_says_why(made: bytes, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        document_of(made)


async def test_a_letter_is_opened_aside(tmp_path: Path) -> None:
    path = tmp_path / "mail"
    path.write_bytes(mail())
    enclosed = await open_letter(path)
    assert enclosed.path.read_bytes() == PDF
    assert len(enclosed.sha256) == 64


async def test_a_letter_of_25_megabytes_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "mail"
    path.write_bytes(mail(attached=one(PDF + bytes(18_000_000), "application/pdf")))
    assert (await open_letter(path)).path.stat().st_size == len(PDF) + 18_000_000


async def test_what_is_refused_aside_says_why(tmp_path: Path) -> None:
    path = tmp_path / "mail"
    path.write_bytes(NONE["html only"][0])
    with pytest.raises(Unfit, match="no document attached"):
        await open_letter(path)


async def test_a_process_that_dies_is_told(tmp_path: Path) -> None:
    with pytest.raises(OpenerLost):
        await open_letter(tmp_path / "none")
