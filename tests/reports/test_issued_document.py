"""An issued report as a file and as a mail: what is kept is what was made, and nobody writes headers into a mail."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from reports.document import Document
from reports.issued import Issued, Order, State, Summary, definition_from, definition_plain
from reports.issued_document import NoDocument, pack, unpack
from reports.issued_worker import summary
from reports.mail import Attached, compose
from reports.rules import RULES, Definition, Rule
from tests.reports.forms.samples import DAY, EMPTY, EVIL, FULL, MADE, spelled
from tests.reports.issued_house import BOSS, site_of

PDF = Attached("day-2026-11-24.pdf", b"%PDF", "application/pdf")


@pytest.mark.parametrize(
    "doc", [pytest.param(FULL, id="full"), pytest.param(EMPTY, id="empty"), pytest.param(spelled(EVIL), id="evil")]
)
def test_what_is_kept_is_what_was_made(doc: Document) -> None:
    packed = pack(doc)
    assert unpack(packed) == doc
    assert pack(doc) == packed


def test_a_document_of_the_first_days_is_read() -> None:
    first = gzip.decompress(pack(FULL)).decode().replace('"name":"day"', '"name":{"~":"Party","is":"day"}', 1)
    assert "Party" in first
    assert unpack(gzip.compress(first.encode())) == FULL


def packed(plain: object) -> bytes:
    return gzip.compress(json.dumps(plain).encode())


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x1f\x8b rubbish", id="no gzip"),
        pytest.param(pack(FULL)[:-40], id="cut off"),
        pytest.param(gzip.compress(b"{"), id="half of it"),
        pytest.param(packed([1, 2]), id="a list"),
        pytest.param(packed({"~": "Popen", "args": "true"}), id="a kind of no document"),
        pytest.param(packed({"~": "Cell", "value": 1}), id="a part only"),
        pytest.param(packed({"~": "Cell", "colour": 1}), id="a field that there is not"),
        pytest.param(packed({"~": "ZoneInfo", "is": "../../etc/passwd"}), id="a zone that is a path"),
    ],
)
def test_what_is_no_document_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(NoDocument):
        unpack(content)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_definition_comes_back_as_it_was(rule: Rule) -> None:
    definition = Definition({"billing": 20.0, "support": 7.5}, 4.0, rule)
    assert definition_from(json.loads(json.dumps(definition_plain(definition)))) == definition


def test_a_summary_comes_back_as_it_was() -> None:
    said = summary(FULL, "pdf")
    assert Summary.of(json.loads(json.dumps(said.plain()))) == said
    assert Summary.of({}) == Summary()
    assert said.head[1].value == "130*"


def mail(doc: Document = FULL, *, file: Attached | None = PDF, late: float = 0.0, pages: bool = True) -> EmailMessage:
    site = site_of({})
    assert site.mail is not None
    order = Order("day", DAY, "pdf", Definition(), schedule="boss", moment=MADE - timedelta(seconds=late), to=(BOSS,))
    one = Issued("f00d", order, MADE, State.READY, made_at=MADE, summary=summary(doc, "pdf"))
    server = site.mail if pages else site.mail.model_copy(update={"pages": None})
    return compose(one, site, server, receiver=BOSS, id_="d1", file=file, why_no_file="it is too large")


def texts(message: EmailMessage) -> tuple[str, str]:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


def test_a_mail_says_the_figures_the_warnings_and_where_the_rest_is() -> None:
    written = mail()
    assert written["Subject"] == "UAB Žaliasis Krantas: Day report, Tuesday, 24 November 2026"
    assert written["Message-ID"] == "<d1@acme.example>"
    link = "https://switchroom.acme.example/reports/issued/f00d"
    for text in texts(written):
        assert "130*" in text
        assert "Support does not add up" in text
        assert link in text
        assert "late" not in text
    (attached,) = written.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("day-2026-11-24.pdf", "application/pdf")


def test_a_mail_without_its_file_says_why() -> None:
    for text in texts(mail(file=None, pages=False)):
        assert "not attached: it is too large. It is under Reports, Issued." in text
        assert "https://" not in text


def test_a_late_mail_says_when_it_was_due() -> None:
    written = mail(late=7200.0)
    assert written["Subject"].startswith("UAB Žaliasis Krantas: late: Day report")
    for text in texts(written):
        assert "it was due on 25 November at 06:30" in " ".join(text.split())


def test_nothing_of_a_report_is_a_header_or_markup_of_its_own() -> None:
    evil = replace(
        FULL, title="Day\r\nBcc: all@acme.example", company="A\n<b>", warnings=("<script>alert(1)</script>",)
    )
    written = mail(evil)
    assert written["Bcc"] is None
    assert written["Subject"] == "A <b>: Day Bcc: all@acme.example, Tuesday, 24 November 2026"
    assert "<script>" not in texts(written)[1]
    assert written.as_bytes()
