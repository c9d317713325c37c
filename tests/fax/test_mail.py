"""The mails about faxes, as their readers get them: whole, safe, honest about what is not known."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default

import pytest

from config.schema import Site
from fax.confirmation import facts
from fax.documents.model import Outcome, Resolution
from fax.mail import Attached, compose_received, compose_sent
from fax.model import Attempt, Direction, Fax, Result, State
from fax.outcome import became

AT = datetime(2026, 11, 22, 5, 8, tzinfo=UTC)
SITE = Site.model_validate(
    {
        "company": {"name": "Acme", "country": "LT", "timezone": "Europe/Vilnius", "languages": ["en"]},
        "numbers": {"+370 5 200 0009": {"go": {"fax": "billing"}}},
        "departments": {"billing": {"name": "Billing"}},
        "faxboxes": {
            "billing": {
                "deliver": ["billing@acme.example", {"folder": "/srv/faxes"},
                            {"webhook": "https://hooks.acme.example/T0K3N", "secret": "correct horse"}],
                "station": "ACME VILNIUS",
            },
        },
        "mail": {"server": "127.0.0.1", "sender": "switchroom@acme.example", "pages": "https://pages.example/"},
    }
)  # fmt: skip
assert SITE.mail is not None
MAIL = SITE.mail

CAME = Fax(
    "a1b2c3d4e5f6", Direction.IN, "billing", State.RECEIVED, AT, AT,
    number="+37060000001", name="ONA", station="+370 600 00001", did="+37052000009", call="c1",
    file="f.tif", pdf="f.pdf", pages=3, of=3, seconds=72.4, rate=14_400, dots=(204, 196), ecm=True,
    facts={"intent": "invoice"}, menus=("main", "billing"),
)  # fmt: skip
SENT = Fax(
    "0f1e2d3c4b5a", Direction.OUT, "billing", State.SENT, AT, AT,
    number="+37052112345", name="Žalgirio biuras", station="OFFICE & CO", did="+37052000009",
    file="f.tif", pages=3, of=3, seconds=72.4, rate=14_400, dots=(204, 196), ecm=True,
    subject="Invoice 2026/1187", sent_by="ona@acme.example", tries=1, report="r.pdf",
    ended_at=AT + timedelta(minutes=9),
)  # fmt: skip
PDF = Attached("2026-11-22-0708-37060000001-a1b2c3d4.pdf", b"%PDF pages")
REPORT = Attached("report.pdf", b"%PDF report")
PNG = b"\x89PNG page one"


def call(number: int, result: Result | None, pages: int = 0, said: str = "", seconds: float = 20.0) -> Attempt:
    began = AT + timedelta(minutes=3 * number)
    answered = began if result in (Result.SENT, Result.PARTIAL, Result.FAILED, Result.UNKNOWN) else None
    ended = began if result is not None else None
    return Attempt(SENT.id, number, f"c{number}", began, answered, ended, result, pages, seconds, said=said)


def read(mail: EmailMessage) -> EmailMessage:
    """Read a mail as its receiver would, from the bytes that travel."""
    got = email.message_from_bytes(mail.as_bytes(policy=default.clone(linesep="\r\n")), policy=default)
    assert isinstance(got, EmailMessage)
    return got


def came(
    fax: Fax = CAME, name: str = "", picture: bytes | None = PNG, document: Attached | None = PDF, why: str = ""
) -> EmailMessage:
    return read(
        compose_received(
            fax, SITE, MAIL,
            receiver="billing@acme.example", id_="d1", sender_name=name,
            picture=picture, document=document, why_no_pdf=why,
        )
    )  # fmt: skip


def sent(
    fax: Fax = SENT, attempts: tuple[Attempt, ...] = (call(1, Result.SENT, 3),), report: Attached | None = REPORT
) -> EmailMessage:
    return read(compose_sent(fax, attempts, SITE, MAIL, receiver="ona@acme.example", id_="d2", report=report))


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def both(mail: EmailMessage) -> tuple[str, str]:
    return " ".join(text(mail).split()), html(mail)


def test_it_says_from_whom_when_where_and_what() -> None:
    mail = came(name="Ona Petraitė")
    assert mail["Subject"] == "Fax from Ona Petraitė (+37060000001), 3 pages, for Billing"
    assert (mail["To"], mail["From"]) == ("billing@acme.example", "Acme fax <switchroom@acme.example>")
    for said in both(mail):
        for part in (
            "Ona Petraitė (+37060000001)", "Sunday 22 November 2026", "07:08", "Europe/Vilnius", "3 pages", "Billing",
            "+370 600 00001 (what the machine calls itself)", "+37052000009", "fine, 204 × 196 dpi", "1 min 12 s",
            "intent: invoice", "https://pages.example/fax/a1b2c3d4e5f6",
        ):  # fmt: skip
            assert part in said, part
        assert "broke off" not in said and "not attached" not in said and "no PDF" not in said


def test_the_name_that_came_with_the_call_is_used_where_no_better_is_known() -> None:
    assert came()["Subject"] == "Fax from ONA (+37060000001), 3 pages, for Billing"
    assert came(replace(CAME, name=""))["Subject"] == "Fax from +37060000001, 3 pages, for Billing"


def test_page_one_is_seen_and_all_pages_go_along() -> None:
    mail = came()
    (attached,) = mail.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("application/pdf", PDF.name)
    assert attached.get_content() == PDF.content
    related = next(part for part in mail.walk() if part.get_content_type() == "multipart/related")
    page = next(part for part in related.walk() if part.get_content_type() == "image/png")
    assert page["Content-ID"] == "<page1.d1@acme.example>"
    assert page.get_content_disposition() == "inline"
    assert page.get_content() == PNG
    assert 'src="cid:page1.d1@acme.example"' in html(mail)


def test_without_a_picture_none_is_shown() -> None:
    assert "<img" not in html(came(picture=None))


def test_without_the_pages_it_says_why_and_where_they_are() -> None:
    mail = came(document=None, why="the mail server takes no mail of this size")
    assert list(mail.iter_attachments()) == []
    for said in both(mail):
        assert "not attached: the mail server takes no mail of this size. They are on the page below." in said


def test_where_there_is_no_pdf_the_fax_goes_as_it_came() -> None:
    tiff = Attached("fax.tif", b"II*\0", "image/tiff")
    mail = came(replace(CAME, pdf=""), document=tiff, why="its pages cannot be shown: it holds no page.")
    (attached,) = mail.iter_attachments()
    assert attached.get_content_type() == "image/tiff"
    for said in both(mail):
        assert "as a TIFF, for there is no PDF of them: its pages cannot be shown: it holds no page." in said


@pytest.mark.parametrize(("pages", "words"), [(1, "1 complete page arrived"), (2, "2 complete pages arrived")])
def test_a_part_of_a_fax_is_said_to_be_one(pages: int, words: str) -> None:
    mail = came(replace(CAME, state=State.PARTIAL, pages=pages, why="The call dropped prematurely"))
    for said in both(mail):
        assert f"The line broke off: {words}." in said
        assert "(The call dropped prematurely)" in said and "Ask the sender" in said


def test_the_beginning_of_what_was_read_is_shown() -> None:
    mail = came(replace(CAME, text="INVOICE\r\n\n  Total:  12 <EUR>\f" + "second page " * 400))
    for said in both(mail):
        assert "INVOICE" in said and "letters and figures may be wrong" in said
        assert len(said) < 8_000
    assert "> Total: 12 <EUR>" in text(mail)
    assert "INVOICE<br>Total: 12 &lt;EUR&gt;<br>second page" in html(mail)


def test_little_is_known_of_some() -> None:
    bare = Fax("a1b2c3d4", Direction.IN, "", State.RECEIVED, AT, AT, file="f.tif", pdf="f.pdf", pages=1)
    mail = came(bare)
    assert mail["Subject"] == "Fax from a withheld number, 1 page, for nobody"
    assert "tel:" not in html(mail)
    for said in both(mail):
        assert "Dialled" in said and "not known" in said
        assert not any(word in said for word in ("Station", "Resolution", "Duration", "Menus", "dpi"))


NASTY = [
    pytest.param("Ona\r\nBcc: thief@evil.example", id="crlf"),
    pytest.param("Ona\nSubject: free", id="lf"),
    pytest.param("<script>alert(1)</script>", id="html"),
    pytest.param('" onmouseover="alert(1)', id="attribute"),
    pytest.param("\u2028\u0000\u0007\u202e", id="controls"),
    pytest.param("x" * 8_000, id="8 kB"),
    pytest.param('Ona" <thief@evil.example>', id="quote"),
    pytest.param("=?utf-8?q?Bcc:?=", id="encoded word"),
    pytest.param("{{ 7*7 }}", id="template"),
    pytest.param("\ud800", id="surrogate"),
]


@pytest.mark.parametrize("word", NASTY)
def test_a_strangers_words_stay_words(word: str) -> None:
    spoilt = {"name": word, "number": word, "station": word, "text": word, "facts": {word: word}, "menus": (word,)}
    for fax in (CAME, replace(CAME, state=State.PARTIAL, why=word)):
        for mail in (came(replace(fax, **spoilt), name=word, why=word), came(fax, document=None, why=word)):  # type: ignore[arg-type]  # fields of a fax
            harmless(mail, "billing@acme.example")
    calls = tuple(call(number, Result.FAILED, said=word) for number in range(3))
    for state in (State.FAILED, State.UNKNOWN, State.SENT, State.CANCELLED):
        fax = replace(SENT, state=state, name=word, number=word, station=word, subject=word, sent_by=word, why=word)
        harmless(sent(fax, calls, None), "ona@acme.example")


def harmless(mail: EmailMessage, receiver: str) -> None:
    assert mail.get_all("To") == [receiver]
    assert mail["Bcc"] is None
    assert len(mail.get_all("Subject") or []) == 1
    assert len(str(mail["Subject"])) <= 250 and str(mail["Subject"]).isprintable()
    assert not any(bad in html(mail) for bad in ("<script>", '" onmouseover', "49", "\u202e", "\0"))
    assert len(html(mail)) < 20_000 and len(text(mail)) < 10_000


def test_a_receivers_address_begins_no_header() -> None:
    mail = compose_sent(SENT, (), SITE, MAIL, receiver="ona@acme.example\r\nBcc: thief@evil.example", id_="d2")
    assert read(mail)["Bcc"] is None


def test_every_try_of_a_delivery_has_the_same_id() -> None:
    assert came()["Message-ID"] == came()["Message-ID"] == "<d1@acme.example>"
    assert sent()["Message-ID"] == "<d2@acme.example>"


def test_it_says_that_a_fax_was_delivered() -> None:
    mail = sent()
    assert mail["Subject"] == "Fax to Žalgirio biuras (+37052112345) was delivered"
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == (REPORT.name, REPORT.content)
    for said in both(mail):
        for part in (
            "The receiver’s machine confirmed every page.", "3 of 3 pages", "07:17", "Invoice 2026/1187", "1 min 12 s",
            "fine, 204 × 196 dpi", "The transmission report is attached", "ona@acme.example",
            "https://pages.example/fax/0f1e2d3c4b5a",
        ):  # fmt: skip
            assert part in said, part
        assert "What to do" not in said


def test_without_a_report_it_says_why() -> None:
    mail = read(
        compose_sent(SENT, (), SITE, MAIL, receiver="ona@acme.example", id_="d2", why_no_report="it could not be made")
    )
    for said in both(mail):
        assert "There is no transmission report: it could not be made." in said


BUSY = (call(1, Result.BUSY), call(2, Result.BUSY))
FATES = [
    pytest.param(State.SENT, 3, (call(1, Result.SENT, 3),), "", Outcome.SENT,
                 "was delivered", "confirmed every page", "", id="sent"),
    pytest.param(State.SENT, 3, (*BUSY, call(3, Result.SENT, 3)), "", Outcome.SENT,
                 "was delivered", "The number was called 3 times", "", id="sent at last"),
    pytest.param(State.FAILED, 0, (call(1, Result.PARTIAL, 2), call(2, Result.BUSY)), "", Outcome.PARTIAL,
                 "was delivered in part", "2 of 3 pages went through before the line broke off. "
                 "The last call: The line was busy.", "the first pages only", id="broke off, then busy"),
    pytest.param(State.CANCELLED, 0, (call(1, Result.PARTIAL, 2), call(2, Result.CANCELLED)), "", Outcome.PARTIAL,
                 "was cancelled on the way", "2 of 3 pages had gone through", "", id="broke off, then cancelled"),
    pytest.param(State.FAILED, 0, BUSY, "", Outcome.FAILED,
                 "was not delivered", "was busy. The number was called 2 times.", "Send it again later", id="busy"),
    pytest.param(State.FAILED, 0, (call(1, Result.NO_ANSWER),), "", Outcome.FAILED,
                 "was not delivered", "Nobody answered.", "Send it again later", id="no answer"),
    pytest.param(State.FAILED, 0, (call(1, Result.UNREACHABLE),), "number changed", Outcome.FAILED,
                 "was not delivered", "does not exist, or nobody can be reached there. Number changed.",
                 "Check the number", id="unreachable"),
    pytest.param(State.FAILED, 0, (call(1, Result.VOICE),), "", Outcome.FAILED,
                 "was not delivered", "not by a fax machine", "Check the number", id="voice"),
    pytest.param(State.FAILED, 0, (call(1, Result.NOT_CALLED),), "the trunk is away", Outcome.FAILED,
                 "was not delivered", "could not be placed. The trunk is away.", "telephone system", id="our trouble"),
    pytest.param(State.FAILED, 0, (call(1, Result.FAILED),), "No carrier", Outcome.FAILED,
                 "was not delivered", "did not go through. No carrier.", "Send it again", id="failed"),
    pytest.param(State.FAILED, 2, (call(1, Result.PARTIAL, 2),), "", Outcome.PARTIAL,
                 "was delivered in part", "2 of 3 pages went through", "the first pages only", id="partial"),
    pytest.param(State.FAILED, 0, (), "the document needs a password", Outcome.FAILED,
                 "was not delivered", "never called out. The document needs a password.", "Mend that", id="unfit"),
    pytest.param(State.UNKNOWN, 0, (call(1, Result.UNKNOWN),), "", Outcome.UNKNOWN,
                 "may have arrived: nobody knows", "nothing says how it ended", "ask the receiver", id="nobody knows"),
    pytest.param(State.CANCELLED, 0, (), "cancelled by ona", Outcome.FAILED,
                 "was cancelled", "before a page had gone through", "", id="cancelled"),
    pytest.param(State.CANCELLED, 1, (call(1, Result.CANCELLED, 1),), "", Outcome.PARTIAL,
                 "was cancelled on the way", "1 of 3 pages had gone through", "", id="cancelled on the way"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "pages", "calls", "why", "outcome", "title", "said", "to_do"), FATES)
def test_it_says_what_became_of_it_and_what_to_do(
    state: State, pages: int, calls: tuple[Attempt, ...], why: str, outcome: Outcome, title: str, said: str, to_do: str
) -> None:
    fax = replace(SENT, state=state, pages=pages, why=why)
    fate = became(fax, calls)
    assert (fate.outcome, fate.title) == (outcome, title)
    assert said in fate.said and to_do in fate.to_do and bool(to_do) == bool(fate.to_do)
    mail = sent(fax, calls)
    assert mail["Subject"] == f"Fax to Žalgirio biuras (+37052112345) {title}"
    for words in both(mail):
        assert said in words and to_do in words
    report = facts(fax, calls, SITE)
    assert (report.outcome, report.said, len(report.attempts)) == (outcome, fate.words, len(calls))


def test_only_the_last_calls_are_listed() -> None:
    calls = tuple(call(number, Result.BUSY) for number in range(1, 31))
    mail = sent(replace(SENT, state=State.FAILED, pages=0), calls)
    assert text(mail).count("The line was busy.") == 11
    assert "Calls, the last 10:" in text(mail)
    assert "22 November, 08:38: The line was busy." in text(mail)


def test_the_report_knows_what_is_known() -> None:
    calls = (call(1, Result.BUSY), call(2, Result.SENT, 3), call(3, None))
    report = facts(SENT, calls, SITE, b"png")
    assert report.reference == SENT.id
    assert report.at == "Sunday 22 November 2026, 07:17 (Europe/Vilnius)"
    assert (report.our_number, report.our_station) == ("+37052000009", "ACME VILNIUS")
    assert (report.their_number, report.their_station) == ("+37052112345 (Žalgirio biuras)", "OFFICE & CO")
    assert (report.pages_sent, report.pages, report.resolution) == (3, 3, Resolution.FINE)
    assert (report.bits_per_second, report.seconds, report.ecm) == (14_400, 72.4, True)
    assert [(row.at, row.outcome, row.said) for row in report.attempts] == [
        ("22 Nov 2026, 07:11", Outcome.FAILED, "The line was busy."),
        ("22 Nov 2026, 07:14", Outcome.SENT, ""),
    ]
    assert report.picture == b"png"


def test_the_report_says_nothing_of_a_line_that_never_was() -> None:
    fax = replace(SENT, state=State.FAILED, pages=0, rate=0, seconds=0.0, dots=(0, 0), ecm=False, station="")
    report = facts(fax, (call(1, Result.BUSY, seconds=0.0),), SITE)
    assert (report.bits_per_second, report.seconds, report.ecm) == (None, None, None)
    assert report.attempts[0].seconds is None
    assert report.resolution is Resolution.FINE
