"""The mail that says that a scheduled report was not made: which one, of which time, why, and what to do.

Owns wording. It goes to whoever was to get the report, because nobody sees what does not come, and to those whom the
site names to mend it.
"""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage

from config.mailboxes import MailServer
from config.schema import Site
from reports.catalogue import REPORTS
from reports.issued import Issued
from reports.mail_form import MOST_NAME, MOST_SENTENCE, line, link_to, moment, written


def compose_failure(
    one: Issued, site: Site, mail: MailServer, *, receiver: str, id_: str, at: datetime
) -> EmailMessage:
    """Write the mail that tells of a failure; `at` is when that was."""
    order, zone = one.order, one.order.period.zone
    known = REPORTS.get(order.report)
    title = known.title if known is not None else line(order.report, MOST_NAME)
    company, period = line(site.company.name, MOST_NAME), order.period.title()
    about = {
        "company": company,
        "title": title,
        "period": period,
        "zone": str(zone),
        "scope": line(order.department, MOST_NAME),
        "why": line(one.why, MOST_SENTENCE),
        "schedule": order.schedule,
        "due": moment(order.moment.astimezone(zone)) if order.moment is not None else "",
        "link": link_to(mail, one.id),
    }
    subject = f"{company}: not made: {title}, {period}"
    return written(
        "failure", about, mail, company=company, subject=subject, receiver=receiver, at=at.astimezone(zone), id_=id_,
        report=one.id,
    )  # fmt: skip
