"""The mails about a fax: to the receivers of a box that one came in, to who sent one what became of it.

Owns wording and form. Pure: pictures, documents, names and addresses are given; sending is the ledger's matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any, cast

import jinja2

from config.mailboxes import MailServer
from config.schema import Site
from fax.model import Attempt, Fax, State
from fax.outcome import became, count, line, pages_through, said_of

#: Letters of a name, of a station's name for itself, and of what a machine read on the pages.
MOST_NAME, MOST_STATION, MOST_TEXT = 100, 40, 600
#: Calls that a mail lists; the report has them all.
MOST_CALLS = 10
_LINES_OF_TEXT = 12
_TEMPLATES = Path(__file__).parent / "templates"
_DIALLED = re.compile(r"\+?[0-9]{2,20}")


@dataclass(frozen=True)
class Attached:
    """A document that goes along, under a name of ours."""

    name: str
    content: bytes
    media_type: str = "application/pdf"


def compose_received(
    fax: Fax,
    site: Site,
    mail: MailServer,
    *,
    receiver: str,
    id_: str,
    sender_name: str = "",
    picture: bytes | None = None,
    document: Attached | None = None,
    why_no_pdf: str = "",
) -> EmailMessage:
    """Write the mail about a fax that came in. `sender_name` is the customer's, `picture` a PNG of page one.

    `why_no_pdf` is a clause. The Message-ID is made of `id_`, the same for every try of one delivery: a server that
    got the mail of a try whose end we did not see can tell the second.
    """
    who = _whose(sender_name or fax.name, fax.number)
    at = fax.at.astimezone(site.company.zone)
    page_one = f"page1.{id_}@{_domain(mail)}"
    about = _common(fax, site, mail, at) | {
        "who": who,
        "number": fax.number if _DIALLED.fullmatch(fax.number) else "",
        "station": line(fax.station, MOST_STATION),
        "pages": count(fax.pages),
        "partial": f"The line broke off: {_complete(fax.pages)}." if fax.state is State.PARTIAL else "",
        "why": _clause(fax.why) if fax.state is State.PARTIAL and fax.pdf else "",
        "resolution": _resolution(fax),
        "duration": _duration(fax.seconds),
        "dialled": fax.did,
        "chosen": [line(f"{name}: {value}", MOST_NAME) for name, value in fax.facts.items()],
        "menus": [line(menu, MOST_NAME) for menu in fax.menus],
        "text": _beginning(fax.text),
        "picture": f"cid:{page_one}" if picture is not None else "",
        "is_tiff": document is not None and document.media_type == "image/tiff",
        "attached": document is not None,
        "why_no_pdf": _clause(why_no_pdf),
    }
    title = f"Fax from {who}, {count(fax.pages)}, for {about['box']}"
    written = _headed(fax, mail, receiver, id_, at, title, about["company"])
    written.set_content(_environment.get_template("mail_received.txt").render(about))
    written.add_alternative(_environment.get_template("mail_received.html").render(about), subtype="html")
    if picture is not None:
        page = cast(EmailMessage, written.get_payload(1))  # the HTML, which the picture belongs to
        page.add_related(
            picture, maintype="image", subtype="png", cid=f"<{page_one}>", filename="page-1.png", disposition="inline"
        )
    return _with(written, document)


def compose_sent(
    fax: Fax,
    attempts: Sequence[Attempt],
    site: Site,
    mail: MailServer,
    *,
    receiver: str,
    id_: str,
    receiver_name: str = "",
    report: Attached | None = None,
    why_no_report: str = "",
) -> EmailMessage:
    """Write the mail about what became of a fax that was sent; `report` is the transmission report."""
    who = _whose(receiver_name or fax.name, fax.number)
    at = (fax.ended_at or fax.at).astimezone(site.company.zone)
    fate = became(fax, attempts)
    calls = [attempt for attempt in attempts if attempt.result is not None]
    about = _common(fax, site, mail, at) | {
        "who": who,
        "title": fate.title,
        "tone": fate.outcome.value,
        "said": fate.said,
        "to_do": fate.to_do,
        "pages": f"{pages_through(fax, attempts)} of {count(fax.of)}",
        "station": line(fax.station, MOST_STATION),
        "resolution": _resolution(fax),
        "duration": _duration(fax.seconds),
        "subject": line(fax.subject, MOST_NAME),
        "sent_by": line(fax.sent_by, MOST_NAME),
        "more_calls": max(0, len(calls) - MOST_CALLS),
        "calls": [
            (_moment(call.began_at.astimezone(site.company.zone)), said_of(call) or "All pages went through.")
            for call in calls[-MOST_CALLS:]
        ],
        "attached": report is not None,
        "why_no_report": _clause(why_no_report),
    }
    written = _headed(fax, mail, receiver, id_, at, f"Fax to {who} {fate.title}", about["company"])
    written.set_content(_environment.get_template("mail_sent.txt").render(about))
    written.add_alternative(_environment.get_template("mail_sent.html").render(about), subtype="html")
    return _with(written, report)


def _common(fax: Fax, site: Site, mail: MailServer, at: datetime) -> dict[str, Any]:  # Any: what a template takes
    return {
        "company": site.company.name,
        "box": site.faxbox(fax.box).name or fax.box or "nobody",
        "day": f"{at:%A} {at.day} {at:%B %Y}",
        "time": f"{at:%H:%M}",
        "zone": site.company.timezone,
        "link": f"{mail.pages.rstrip('/')}/fax/{fax.id}" if mail.pages else "",
    }


def _headed(
    fax: Fax, mail: MailServer, receiver: str, id_: str, at: datetime, title: str, company: str
) -> EmailMessage:
    written = EmailMessage()
    written["Subject"] = line(title, 250)
    written["From"] = formataddr((line(f"{company} fax", MOST_NAME), mail.sender))
    written["To"] = line(receiver, 320)
    written["Date"] = format_datetime(at)
    written["Message-ID"] = f"<{id_}@{_domain(mail)}>"
    written["Auto-Submitted"] = "auto-generated"
    written["X-Switchroom-Fax"] = fax.id
    return written


def _with(written: EmailMessage, document: Attached | None) -> EmailMessage:
    if document is not None:
        kind, _, subkind = document.media_type.partition("/")
        written.add_attachment(document.content, maintype=kind, subtype=subkind, filename=document.name)
    return written


def _domain(mail: MailServer) -> str:
    return mail.sender.rpartition("@")[2]


def _whose(name: str, number: str) -> str:
    """Name somebody, by the number at least."""
    name, number = line(name, MOST_NAME), line(number, MOST_STATION) or "a withheld number"
    return f"{name} ({number})" if name and name != number else number


def _complete(pages: int) -> str:
    return f"{pages} complete {'page' if pages == 1 else 'pages'} arrived"


def _resolution(fax: Fax) -> str:
    dots = f"{fax.dots[0]} × {fax.dots[1]} dpi"
    return "" if not fax.quality else dots if fax.quality == dots else f"{fax.quality}, {dots}"


def _duration(seconds: float) -> str:
    """Write a length as people say it: 7 s, 1 min 05 s."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return "" if not seconds else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%B, %H:%M}"


def _clause(why: str) -> str:
    return line(why, 300).rstrip(".")


def _beginning(text: str) -> list[str]:
    """Return the first lines of what stands on the pages, as far as they fit."""
    lines: list[str] = []
    left = MOST_TEXT
    for read in text[: 20 * MOST_TEXT].splitlines():
        shown = line(read, left)
        if not shown:
            continue
        lines.append(shown)
        left -= len(shown)
        if left <= 0 or len(lines) == _LINES_OF_TEXT:
            break
    return lines


_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_TEMPLATES),
    autoescape=jinja2.select_autoescape(["html"]),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
