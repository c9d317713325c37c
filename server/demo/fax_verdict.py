"""The verdict over a fax of the demo: did every dot arrive, in TIFF and in PDF, and did its mail come?

Owns the comparison and how it is told.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callrouter import events as ev
from callrouter.calls import Call
from fax.model import Direction, Fax, State
from ledger.spool import Spool
from server.demo import dots
from server.demo.faxes import BOX, MACHINE, PAGES, SENDER, Faxed, paper_in
from server.demo.mail_server import CaughtMail


@dataclass(frozen=True)
class Judged:
    """What was found of one. `header_rows` is how high the line is that the modem put above each page."""

    faxed: Faxed
    mail: CaughtMail | None
    pdf: Path | None
    report: Path | None
    identical: bool
    header_rows: int
    faults: tuple[str, ...]


def judge(faxed: Faxed, caught: Sequence[CaughtMail], call: Call | None, spool: Spool, folder: Path) -> Judged:
    """Compare what arrived, in TIFF and in PDF, with what was sent, and see that its mail came. Blocks.

    The PDF of one that came in is the very file of the mail; it, and the report of one that we sent, are left in
    `folder`.
    """
    fax, coming = faxed.fax, faxed.direction is Direction.IN
    if fax is None:
        return Judged(faxed, None, None, None, False, 0, (faxed.trouble or "the ledger does not know this fax",))
    said = [faxed.trouble] if faxed.trouble else []
    if fax.state is not (State.RECEIVED if coming else State.SENT):
        said.append(f"{fax.state.value}: {fax.why}")
    if (fax.pages, fax.of) != (len(PAGES), len(PAGES)):
        said.append(f"{fax.pages} of {fax.of} pages")
    if coming and (call is None or call.outcome is not ev.Outcome.FAX):
        said.append(f"the journal says its call ended as {call.outcome if call else 'no call'}")
    mail, attached = _mail(fax, caught, folder / ("received.pdf" if coming else "report.pdf"))
    if attached is None:
        said.append("no mail with a PDF came")
    elif not coming and attached.read_bytes() != spool.path_of(fax.report).read_bytes():
        said.append("the report that was mailed is not the one that is kept")
    pdf = attached if coming else _copied(spool, fax.pdf, folder / "sent.pdf")
    wanted = dots.of_tiff(paper_in(folder))
    arrived = dots.of_tiff(faxed.arrived) if faxed.arrived is not None else []
    other = dots.differences(arrived, wanted, header=not coming)
    other += [f"in the PDF: {text}" for text in dots.differences(dots.of_pdf(pdf) if pdf else [], wanted)]
    return Judged(
        faxed, mail, pdf, None if coming else attached, not other,
        0 if coming else dots.header_rows(arrived, wanted), (*said, *other),
    )  # fmt: skip


def as_json(judged: Judged) -> dict[str, Any]:
    """Return a fax as `demo --json` prints it."""
    fax, mail = judged.faxed.fax, judged.mail
    told: dict[str, Any] = {
        "direction": judged.faxed.direction.value,
        "number": judged.faxed.number,
        "status": fax.state.value if fax else None,
        "pages": fax.pages if fax else 0,
        "identical": judged.identical,
        "pdf": str(judged.pdf) if judged.pdf else None,
        "mailed_to": ", ".join(mail.recipients) if mail else None,
        "subject": mail.subject if mail else None,
        "resolution": fax.quality if fax else None,
        "bits_per_second": fax.rate if fax else 0,
        "t38": fax.t38 if fax else None,
        "seconds": round(fax.seconds, 1) if fax else 0.0,
        "id": fax.id if fax else None,
    }
    if judged.faxed.direction is Direction.OUT:
        told |= {"report": str(judged.report) if judged.report else None, "header_rows": judged.header_rows}
    return told


def summary(judged: Judged) -> str:
    """Tell of a fax in a line."""
    coming = judged.faxed.direction is Direction.IN
    begins = f"{MACHINE} sends us a fax" if coming else f"{SENDER.title()} sends a fax from {BOX}"
    fax = judged.faxed.fax
    if fax is None:
        return f"{begins}: nothing is known of it"
    line = "T.38" if fax.t38 else "G.711"
    said = f"{begins}: {fax.state.value}, {fax.pages} pages in {fax.seconds:.0f} s ({line}, {fax.rate:,} bit/s)"
    if judged.mail is not None:
        said += f", {'PDF' if coming else 'report'} mailed to {', '.join(judged.mail.recipients)}"
    said += ", every dot as it was sent" if judged.identical else ""
    return said + (f" ({judged.pdf})" if judged.pdf is not None else "")


def _mail(fax: Fax, caught: Sequence[CaughtMail], into: Path) -> tuple[CaughtMail | None, Path | None]:
    """Return the first mail about a fax, and its one PDF as a file."""
    mail = next((one for one in caught if one.message["X-Switchroom-Fax"] == fax.id), None)
    attached = [] if mail is None else [one for one in mail.attachments if one.content_type == "application/pdf"]
    if len(attached) != 1:
        return mail, None
    into.write_bytes(attached[0].content)
    return mail, into


def _copied(spool: Spool, name: str, into: Path) -> Path | None:
    return Path(shutil.copyfile(spool.path_of(name), into)) if name else None
