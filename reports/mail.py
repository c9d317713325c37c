"""The mail that brings a report: its head figures and warnings in words, the file attached.

Owns wording and form. Pure: what it tells is given; sending is the ledger's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path

import jinja2

from config.mailboxes import MailServer
from config.schema import Site
from reports.issued import Issued

#: Letters of a subject, of a name and of a sentence; and how many figures and sentences a mail has.
MOST_SUBJECT, MOST_NAME, MOST_SENTENCE = 250, 100, 500
MOST_FIGURES, MOST_SENTENCES = 12, 10
_TEMPLATES = Path(__file__).parent / "templates" / "issued"


@dataclass(frozen=True)
class Attached:
    """The file that goes along."""

    name: str
    content: bytes
    media_type: str


def compose(
    one: Issued, site: Site, mail: MailServer, *, receiver: str, id_: str, file: Attached | None, why_no_file: str = ""
) -> EmailMessage:
    """Write the mail that brings a report; `why_no_file` is a clause.

    The Message-ID is made of `id_`, the same for every try of one delivery: a server that got the mail of a try whose
    end we did not see can tell the second.
    """
    summary, zone = one.summary, one.order.period.zone
    at = (one.made_at or one.asked_at).astimezone(zone)
    company = _line(summary.company or site.company.name, MOST_NAME)
    about = {
        "company": company,
        "title": _line(summary.title, MOST_NAME),
        "period": summary.period,
        "scope": _line(summary.scope, MOST_SENTENCE),
        "zone": str(zone),
        "head": summary.head[:MOST_FIGURES],
        "warnings": [_line(said, MOST_SENTENCE) for said in summary.warnings[:MOST_SENTENCES]],
        "notes": [_line(said, MOST_SENTENCE) for said in summary.notes[:MOST_SENTENCES]],
        "made": f"{at.day} {at:%B %Y, %H:%M}",
        "late": _late(one) if one.late else "",
        "schedule": one.order.schedule,
        "file": file.name if file is not None else "",
        "why_no_file": why_no_file,
        "link": f"{mail.pages.rstrip('/')}/reports/issued/{one.id}" if mail.pages else "",
    }
    written = EmailMessage()
    late = "late: " if one.late else ""
    written["Subject"] = _line(f"{company}: {late}{summary.title}, {summary.period}", MOST_SUBJECT)
    written["From"] = formataddr((_line(f"{company} reports", MOST_NAME), mail.sender))
    written["To"] = _line(receiver, 320)
    written["Date"] = format_datetime(at)
    written["Message-ID"] = f"<{id_}@{mail.sender.rpartition('@')[2]}>"
    written["Auto-Submitted"] = "auto-generated"
    written["X-Switchroom-Report"] = one.id
    written.set_content(_environment.get_template("mail.txt").render(about))
    written.add_alternative(_environment.get_template("mail.html").render(about), subtype="html")
    if file is not None:
        kind, _, subkind = file.media_type.partition(";")[0].partition("/")
        written.add_attachment(file.content, maintype=kind, subtype=subkind, filename=file.name)
    return written


def _late(one: Issued) -> str:
    moment = one.order.moment
    assert moment is not None, "only a schedule is late"
    due = moment.astimezone(one.order.period.zone)
    return f"This report is late: it was due on {due.day} {due:%B at %H:%M}, when the server could not make it."


def _line(text: str, most: int) -> str:
    """Return words of others as one line of so many letters: nothing of it can be a header of its own."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 4 * most]).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_TEMPLATES),
    autoescape=jinja2.select_autoescape(["html"]),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
