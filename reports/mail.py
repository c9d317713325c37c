"""The mail that brings a report: its head figures and warnings in words, the file attached.

Owns wording. Pure: what it tells is given; sending is the ledger's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage

from config.mailboxes import MailServer
from config.schema import Site
from reports.issued import Issued
from reports.mail_form import MOST_NAME, MOST_SENTENCE, line, link_to, moment, written

#: How many figures and sentences a mail has.
MOST_FIGURES, MOST_SENTENCES = 12, 10


@dataclass(frozen=True)
class Attached:
    """The file that goes along."""

    name: str
    content: bytes
    media_type: str


def compose(
    one: Issued, site: Site, mail: MailServer, *, receiver: str, id_: str, file: Attached | None, why_no_file: str = ""
) -> EmailMessage:
    """Write the mail that brings a report under the delivery's `id_`; `why_no_file` is a clause."""
    summary, zone = one.summary, one.order.period.zone
    at = (one.made_at or one.asked_at).astimezone(zone)
    company = line(summary.company or site.company.name, MOST_NAME)
    about = {
        "company": company,
        "title": line(summary.title, MOST_NAME),
        "period": summary.period,
        "scope": line(summary.scope, MOST_SENTENCE),
        "zone": str(zone),
        "head": summary.head[:MOST_FIGURES],
        "warnings": [line(said, MOST_SENTENCE) for said in summary.warnings[:MOST_SENTENCES]],
        "notes": [line(said, MOST_SENTENCE) for said in summary.notes[:MOST_SENTENCES]],
        "made": f"{at.day} {at:%B %Y, %H:%M}",
        "late": _late(one) if one.late else "",
        "schedule": one.order.schedule,
        "file": file.name if file is not None else "",
        "why_no_file": why_no_file,
        "link": link_to(mail, one.id),
    }
    late = "late: " if one.late else ""
    subject = f"{company}: {late}{summary.title}, {summary.period}"
    made = written(
        "mail", about, mail, company=company, subject=subject, receiver=receiver, at=at, id_=id_, report=one.id
    )
    if file is not None:
        kind, _, subkind = file.media_type.partition(";")[0].partition("/")
        made.add_attachment(file.content, maintype=kind, subtype=subkind, filename=file.name)
    return made


def _late(one: Issued) -> str:
    assert one.order.moment is not None, "only a schedule is late"
    due = moment(one.order.moment.astimezone(one.order.period.zone))
    return f"This report is late: it was due on {due}, when the server could not make it."
