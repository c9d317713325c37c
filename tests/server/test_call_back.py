"""Calling back from a page: how it ended is noted where it began; what cannot be done is said in the page's words."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from callrouter.allowed import CannotCall
from callrouter.outbound import Ended
from crm_bridge.model import NotPossible as CustomerNotPossible
from ivr.conversation import HandedOver, Reply
from ledger.items import NoSuchItem, NotPossible
from server.call_back import CallBack


@dataclass(frozen=True)
class Thing:
    id: str = "m1"


@dataclass
class Line:
    """Calls end as told, or are refused."""

    over: HandedOver | None = None
    refused: str = ""

    async def call(self, person: str, written: str, about: str, ended: Ended) -> str:
        if self.refused:
            raise CannotCall(self.refused)
        await ended(self.over)
        return "call-1"


@dataclass
class Notes:
    told: list[tuple[str, str, str]] = field(default_factory=list)
    forgotten: bool = False

    async def called_back(self, id_: str, by: str, how: str) -> None:
        if self.forgotten:
            raise NoSuchItem(id_)
        self.told.append((id_, by, how))


@pytest.mark.parametrize(
    ("over", "how"),
    [
        pytest.param(None, "the own phone was not answered", id="own phone"),
        pytest.param(HandedOver(Reply.ANSWERED, talked=61.4), "talked for 61 s", id="talked"),
        pytest.param(HandedOver(Reply.BUSY), Reply.BUSY.value, id="busy"),
    ],
)
async def test_how_it_ended_is_noted(over: HandedOver | None, how: str) -> None:
    notes = Notes()
    await CallBack(Line(over), notes).call_back("ann", "+37060000001", Thing())  # type: ignore[arg-type]
    assert notes.told == [("m1", "ann", how)]


async def test_of_what_was_forgotten_meanwhile_nothing_is_noted() -> None:
    notes = Notes(forgotten=True)
    await CallBack(Line(), notes).call_back("ann", "+37060000001", Thing())  # type: ignore[arg-type]
    assert notes.told == []


async def test_a_call_to_a_customer_needs_no_note() -> None:
    await CallBack(Line()).call("ann", "+37060000001", "customer-1")  # type: ignore[arg-type]


@pytest.mark.parametrize("refusal", [NotPossible, CustomerNotPossible])
async def test_what_cannot_be_done_is_said_in_the_words_of_the_page(refusal: type[Exception]) -> None:
    back = CallBack(Line(refused="your phone is busy"), refusal=refusal)  # type: ignore[arg-type]
    with pytest.raises(refusal, match="your phone is busy"):
        await back.call("ann", "+37060000001", "customer-1")
