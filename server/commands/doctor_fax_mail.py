"""What `doctor` says of faxes by mail: whether the mailbox can be looked into, and what waits there."""

from __future__ import annotations

from config.schema import Site
from fax.by_mail.errors import MailboxAway, MailboxWrong
from fax.by_mail.model import Limits
from fax.by_mail.visit import Visit
from pbx.doctor import Check

NAME = "faxes by mail"
#: Nobody waits for a doctor as long as a server would.
LIMITS = Limits(open_seconds=15.0, step_seconds=15.0)


async def examine(site: Site) -> list[Check]:
    """Look into the mailbox once, and leave every mail as it is; nothing is said where the site names none."""
    settings = site.fax.by_mail
    if settings is None:
        return []
    try:
        async with Visit(settings, LIMITS) as visit:
            waiting = len(await visit.waiting())
    except MailboxWrong as wrong:
        return [Check(NAME, False, wrong.why, "mend fax: by_mail: in the site, or the mailbox")]
    except MailboxAway as away:
        return [Check(NAME, False, away.why, "see whether the mail server runs, and can be reached from here")]
    return [Check(NAME, True, f"the mailbox answers, {waiting} to do")]
