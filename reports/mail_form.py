"""What all mails of reports share: how they are headed, written from templates, and kept to one line where it counts.

Owns form. Pure; knows neither reports nor the server that takes the mails.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path

import jinja2

from config.mailboxes import MailServer

#: Letters of a subject, of a name and of a sentence.
MOST_SUBJECT, MOST_NAME, MOST_SENTENCE = 250, 100, 500
_MOST_ADDRESS = 320
_TEMPLATES = Path(__file__).parent / "templates" / "issued"


def written(
    template: str, about: Mapping[str, object], mail: MailServer, *, company: str, subject: str, receiver: str,
    at: datetime, id_: str, report: str,
) -> EmailMessage:  # fmt: skip
    """Write a mail from the templates of this name, one of text and one of HTML.

    The Message-ID is made of `id_`, the same for every try of one delivery: a server that got the mail of a try whose
    end we did not see can tell the second.
    """
    made = EmailMessage()
    made["Subject"] = line(subject, MOST_SUBJECT)
    made["From"] = formataddr((line(f"{company} reports", MOST_NAME), mail.sender))
    made["To"] = line(receiver, _MOST_ADDRESS)
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{id_}@{mail.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Switchroom-Report"] = report
    made.set_content(_environment.get_template(f"{template}.txt").render(about))
    made.add_alternative(_environment.get_template(f"{template}.html").render(about), subtype="html")
    return made


def link_to(mail: MailServer, report: str) -> str:
    """Return where an issued report can be looked at; '' where the site names no address of ours."""
    return f"{mail.pages.rstrip('/')}/reports/issued/{report}" if mail.pages else ""


def moment(at: datetime) -> str:
    """Return a moment by its own clock.

    >>> moment(datetime(2026, 11, 3, 8, 0))
    '3 November at 08:00'
    """
    return f"{at.day} {at:%B at %H:%M}"


def line(text: str, most: int) -> str:
    """Return words of others as one line of so many letters: nothing of it can be a header of its own.

    >>> line("a\\nBcc: b@c.example", 12)
    'a Bcc: b@c.…'
    """
    one = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 4 * most]).split())
    return one if len(one) <= most else f"{one[: most - 1].rstrip()}…"


_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_TEMPLATES),
    autoescape=jinja2.select_autoescape(["html"]),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
