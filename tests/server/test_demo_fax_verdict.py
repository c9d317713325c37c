"""The demo's verdict over faxes: it must find what is wrong, for it says whether the product works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from callrouter.calls import Call
from callrouter.events import Outcome
from fax.model import Direction, Fax, State
from fax.paper.pdf import to_pdf
from ledger.spool import Spool
from server.demo import faxes
from server.demo.fax_verdict import Judged, as_json, judge, summary
from server.demo.faxes import Faxed
from server.demo.mail_server import CaughtMail

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
REPORT = b"%PDF-1.4 report"


def pages() -> list[Image.Image]:
    drawn = [Image.new("1", (1728, 200), 1) for _ in faxes.PAGES]
    for number, page in enumerate(drawn):
        ImageDraw.Draw(page).text((100, 50), f"page {number}", fill=0)
    return drawn


def write(file: Path, drawn: list[Image.Image]) -> Path:
    drawn[0].save(file, save_all=True, append_images=drawn[1:], compression="group3", dpi=(204, 196))
    return file


def mail(about: str, content: bytes, to: str) -> CaughtMail:
    message = EmailMessage()
    message["Subject"], message["X-Switchroom-Fax"] = "Fax", about
    message.set_content("a fax")
    message.add_attachment(content, maintype="application", subtype="pdf", filename="fax.pdf")
    return CaughtMail("", (to,), "", None, (), message, b"")


@dataclass
class Case:
    """A fax of the demo that went well, to be spoilt."""

    faxed: Faxed
    caught: list[CaughtMail]
    call: Call | None
    spool: Spool
    folder: Path

    @property
    def fax(self) -> Fax:
        assert self.faxed.fax is not None
        return self.faxed.fax

    def has(self, **more: object) -> None:
        """Let the ledger say otherwise."""
        self.faxed = replace(self.faxed, fax=replace(self.fax, **more))  # type: ignore[arg-type]

    def judged(self) -> Judged:
        return judge(self.faxed, self.caught, self.call, self.spool, self.folder)


Spoil = Callable[[Case], None]


async def case(folder: Path, direction: Direction) -> Case:
    """Make one as the demo leaves it."""
    spool = await Spool.open(folder / "spool")
    tiff = write(faxes.paper_in(folder), pages())
    to_pdf(tiff, folder / "made.pdf")
    pdf = (await spool.adopt(folder / "made.pdf")).name
    (folder / "made-report.pdf").write_bytes(REPORT)
    fax = Fax(
        "f1", direction, "billing", State.RECEIVED, AT, AT, number="+37060000201", pdf=pdf, pages=3, of=3,
        seconds=27.4, rate=14_400, dots=(204, 196), t38=True,
    )  # fmt: skip
    call = Call("c1", offered_at=AT, did="", outcome=Outcome.FAX)
    caught = [mail("another", b"", "x@acme.example"), mail("f1", (folder / "made.pdf").read_bytes(), "b@acme.example")]
    if direction is Direction.OUT:
        fax = replace(fax, state=State.SENT, report=(await spool.adopt(folder / "made-report.pdf")).name)
        caught[1] = mail("f1", REPORT, "alice@acme.example")
    return Case(Faxed(direction, fax.number, fax, write(folder / "arrived.tif", pages())), caught, call, spool, folder)


def other_page(wrong: Case) -> None:
    assert wrong.faxed.arrived is not None
    drawn = pages()
    drawn[2].putpixel((5, 5), 0)
    write(wrong.faxed.arrived, drawn)


def other_attachment(wrong: Case) -> None:
    wrong.caught = [mail("f1", b"%PDF-1.4 something else", "b@acme.example")]


def unheard_of(wrong: Case) -> None:
    wrong.faxed = replace(wrong.faxed, fax=None, arrived=None, trouble="nobody answered")


def call_ends_as(outcome: Outcome) -> Spoil:
    def spoil(wrong: Case) -> None:
        assert wrong.call is not None
        wrong.call = replace(wrong.call, outcome=outcome)

    return spoil


BOTH, IN, OUT = tuple(Direction), (Direction.IN,), (Direction.OUT,)
SPOILT: dict[str, tuple[tuple[Direction, ...], Spoil, str]] = {
    "a dot is other": (BOTH, other_page, "page 3 has 1 other dots"),
    "nothing arrived": (BOTH, lambda it: setattr(it, "faxed", replace(it.faxed, arrived=None)), "0 pages instead of 3"),
    "no mail": (BOTH, lambda it: it.caught.clear(), "no mail with a PDF came"),
    "no pdf": (OUT, lambda it: it.has(pdf=""), "in the PDF: 0 pages instead of 3"),
    "another file in the mail": (IN, other_attachment, "in the PDF: 0 pages instead of 3"),
    "another report in the mail": (OUT, other_attachment, "the report that was mailed is not the one that is kept"),
    "broken off": (IN, lambda it: it.has(state=State.PARTIAL, why="gone"), "partial: gone"),
    "not sent": (OUT, lambda it: it.has(state=State.FAILED, why="busy"), "failed: busy"),
    "too few pages": (BOTH, lambda it: it.has(pages=2), "2 of 3 pages"),
    "no call in the journal": (IN, lambda it: setattr(it, "call", None), "the journal says its call ended as no call"),
    "its call ended otherwise": (
        IN, call_ends_as(Outcome.ABANDONED), "the journal says its call ended as abandoned"
    ),
    "trouble": (BOTH, lambda it: setattr(it, "faxed", replace(it.faxed, trouble="too long")), "too long"),
    "never came": (BOTH, unheard_of, "nobody answered"),
}  # fmt: skip


@pytest.mark.parametrize("direction", Direction)
async def test_a_fax_that_went_well(tmp_path: Path, direction: Direction) -> None:
    judged = (await case(tmp_path, direction)).judged()
    assert judged.faults == ()
    told = as_json(judged)
    assert (told["direction"], told["pages"], told["identical"]) == (direction.value, 3, True)
    assert told["status"] == ("received" if direction is Direction.IN else "sent")
    assert judged.pdf is not None
    assert judged.pdf.read_bytes() == (tmp_path / "made.pdf").read_bytes()
    assert told["pdf"] == str(judged.pdf)
    assert "every dot" in summary(judged)
    if direction is Direction.OUT:
        assert judged.report is not None
        assert judged.report.read_bytes() == REPORT
        assert told["report"] == str(judged.report)


@pytest.mark.parametrize(
    ("direction", "name"),
    [pytest.param(one, name, id=f"{one.value}, {name}") for name, (ways, _, _) in SPOILT.items() for one in ways],
)
async def test_what_is_wrong_is_found(tmp_path: Path, direction: Direction, name: str) -> None:
    _, spoil, said = SPOILT[name]
    wrong = await case(tmp_path, direction)
    spoil(wrong)
    judged = wrong.judged()
    assert said in judged.faults
    if "dots" in said or "0 pages" in said:
        assert not judged.identical
    assert as_json(judged)["identical"] is judged.identical
    assert summary(judged)
