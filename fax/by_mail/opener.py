"""Owns opening a mail from the event loop: in a process of its own, with a deadline, killed if it hangs.

A mail is somebody else's word: what it does to the process, it does to that one only. Must not parse any itself.
"""

from __future__ import annotations

from pathlib import Path

from fax.by_mail.errors import OpenerLost, Unfit
from fax.by_mail.model import Enclosed
from ledger.process import ProcessLost, ask

#: Of the clock; of the processor it has half as many, for a busy machine is nobody's fault.
SECONDS = 60.0


async def open_letter(mail: Path) -> Enclosed:
    """Write the document of a mail to a file beside it. Raises Unfit, and OpenerLost when the process hung or died."""
    into = mail.with_name("document")
    try:
        said, _ = await ask(
            "fax.by_mail.worker", {"mail": str(mail), "into": str(into)}, most_content=0, deadline=SECONDS
        )
    except ProcessLost as lost:
        raise OpenerLost(f"the process that opened the mail was lost: {lost.why}") from lost
    if "unfit" in said:
        raise Unfit(str(said["unfit"]))
    return Enclosed(into, str(said["sha256"]))
