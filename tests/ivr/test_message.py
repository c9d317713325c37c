"""Taking a message, as far as no medium matters: what the story tells, and what goes wrong around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from config.schema import Site
from ivr import phrases
from ivr.conversation import (
    Conversation,
    EndedBy,
    Heard,
    LineLost,
    Recorded,
    Recording,
    Taken,
    Taking,
    Utterance,
)
from ivr.greeting import greeting
from ivr.message import Message, take_message
from ivr.prompt_book import PromptBook
from ivr.simulator import Press, Simulator
from ivr.speech.spoken import Spoken
from ivr.steps import KeysPressed, PromptPlayed, Step
from ivr.typed_caller import TypedCaller
from tests.ivr.ivr_sites import OPEN, PROMPT, finish, site

PLACE = site({"main": {"say": "Main.", "keys": {1: "sales"}}})
HELLO = Spoken("Leave a message.", "en")
LATE = datetime(2026, 11, 24, 22, 0, tzinfo=OPEN.tzinfo)


@dataclass
class Taker:
    """Takes a message, and remembers what it was told on the way."""

    steps: list[Step] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)

    async def began(self, path: str) -> None:
        self.begun.append(path)

    def take(self, caller: Conversation, said: Sequence[Utterance] = (HELLO,), language: str = "en") -> Message:
        return finish(
            take_message(
                caller, PLACE, language,
                greeting=said, taking=Taking(20.0, 3.0), least=1.0, began=self.began, note=self.steps.append,
            )
        )  # fmt: skip


def caller(*presses: tuple[float, str], **more: Any) -> Simulator:
    """A caller to whom every prompt lasts two seconds."""
    return Simulator([Press(*press) for press in presses], duration=lambda _: PROMPT, **more)


def prompt(purpose: str, *, whole: bool = True, text: str = "", language: str = "en") -> PromptPlayed:
    return PromptPlayed(text or HELLO.text, language, "voicemail", purpose, whole)


QUESTION = phrases.PHRASES["review_message"]["en"]
SHORT = phrases.PHRASES["message_too_short"]["en"]


# ---- the story


def test_the_story_tells_what_was_asked_and_answered() -> None:
    taker = Taker()
    taker.take(caller((2.5, "#"), (6.0, "#"), (8.5, "2"), (11.0, "8"), (14.0, "1")))
    assert taker.steps == [
        prompt("greeting"),
        prompt("too short", text=SHORT),
        prompt("review", text=QUESTION),
        KeysPressed("2", "voicemail", "match"),
        prompt("review", whole=False, text=QUESTION),
        KeysPressed("8", "voicemail", "no_match"),
        prompt("review", text=QUESTION),
        KeysPressed("1", "voicemail", "match"),
    ]


@pytest.mark.parametrize(
    ("one", "told"),
    [
        pytest.param(caller((1.0, "5")), prompt("greeting", whole=False), id="cut by a key"),
        pytest.param(caller(hangs_up_at=1.0), prompt("greeting", whole=False), id="hung up"),
        pytest.param(caller(speaks=0.0), prompt("greeting"), id="heard to its end"),
    ],
)
def test_the_story_tells_how_much_of_the_greeting_was_heard(one: Simulator, told: PromptPlayed) -> None:
    taker = Taker()
    taker.take(one)
    assert taker.steps[0] == told


def test_a_greeting_may_be_a_recording_and_have_parts() -> None:
    taker = Taker()
    taker.take(caller(speaks=0.0), [Recorded("sales_greeting", "lt"), HELLO])
    assert taker.steps == [prompt("greeting", text="sales_greeting", language="lt"), prompt("greeting")]


def test_a_key_cuts_all_parts_of_a_greeting() -> None:
    one = caller((1.0, "5"), speaks=0.0)
    Taker().take(one, [HELLO, HELLO])
    assert one.elapsed == 4.0


def test_it_speaks_the_caller_s_language() -> None:
    taker = Taker()
    taker.take(caller((5.0, "#")), language="lt")
    assert [step.language for step in taker.steps if isinstance(step, PromptPlayed)] == ["en", "lt"]


# ---- what is told before it happens


def test_every_recording_is_announced_before_it_begins() -> None:
    one, taker = caller((2.5, "#"), (6.0, "#"), (8.5, "3"), (11.0, "#")), Taker()
    message = taker.take(one)
    assert taker.begun == ["recording-1.wav", "recording-2.wav", "recording-3.wav"]
    assert one.discarded == taker.begun[:2]
    assert message.recording is not None
    assert [message.recording.path] == one.recorded == taker.begun[2:]


def test_what_cannot_be_announced_is_not_recorded() -> None:
    class Full(Taker):
        async def began(self, path: str) -> None:
            raise OSError("no space left")

    one = caller()
    with pytest.raises(OSError, match="no space left"):
        Full().take(one)
    assert (one.recorded, one.elapsed) == ([], PROMPT)


# ---- lines that break, and waking


@dataclass
class Broken(Simulator):
    """A line that breaks in the n-th recording: Asterisk writes on, we cannot know."""

    breaks_in: int = 1

    async def record(self, taking: Taking, path: str) -> Recording:
        recording = await super().record(taking, path)
        if len(self.recorded) + len(self.discarded) == self.breaks_in:
            raise LineLost
        return recording


@pytest.mark.parametrize(
    ("breaks_in", "kept", "there"),
    [
        pytest.param(1, None, ["recording-1.wav"], id="in the first"),
        pytest.param(
            2,
            Recording("recording-1.wav", 3.0, EndedBy.KEY),
            ["recording-1.wav", "recording-2.wav"],
            id="in the second",
        ),
    ],
)
def test_a_line_that_breaks_leaves_the_recording_to_whoever_finds_it(
    breaks_in: int, kept: Recording | None, there: list[str]
) -> None:
    presses = [Press(5.0, "#"), Press(7.5, "3"), Press(9.5, "#")]
    one = Broken(presses, duration=lambda _: PROMPT, breaks_in=breaks_in)
    message = Taker().take(one)
    assert message == Message(kept, empty=kept is None, gone=True, lost=True)
    assert one.recorded == there


@dataclass
class Woken(Simulator):
    """A caller woken for a waiting line that he has left, in the middle of a prompt."""

    wakings: int = 1

    async def play(self, utterances: Sequence[Utterance], *, interruptible: bool = True) -> Heard:
        if self.wakings:
            self.wakings -= 1
            self._pass(0.5, listening=False)
            return Heard(woken=True)
        return await super().play(utterances, interruptible=interruptible)


def test_a_waking_that_comes_late_does_not_cut_the_greeting() -> None:
    one, taker = Woken(duration=lambda _: PROMPT, speaks=0.0), Taker()
    taker.take(one)
    assert taker.steps == [prompt("greeting")]
    assert one.elapsed == 0.5 + PROMPT + 3.0


# ---- messages as sounds


def test_a_message_is_played_from_where_it_lies() -> None:
    book = PromptBook({}, {}, Path("/recordings"))
    taken = Taken("/spool/ab/0123.wav", 12.5)
    assert book.path_of(taken) == Path("/spool/ab/0123")
    assert book.duration(taken) == 12.5


def test_a_caller_who_types_may_leave_a_message_too() -> None:
    lines = iter(["1"])
    one = TypedCaller(lambda: next(lines, None), lambda _: PROMPT)
    message = Taker().take(one)
    assert message.recording is not None
    assert message.recording.ended_by is EndedBy.LONGEST
    finish(one.discard(message.recording.path))


# ---- greetings


def box(**mailbox: Any) -> Site:
    return site({"main": {"say": "Main.", "keys": {1: "sales"}}}, mailboxes={"sales": mailbox})


OURS = Spoken(phrases.PHRASES["leave_message"]["en"], "en")
OWN, CLOSED, TAPE = Spoken("Sales.", "en"), Spoken("We are at home.", "en"), Recorded("sales_tape", "en")


@pytest.mark.parametrize(
    ("place", "now", "said"),
    [
        pytest.param(PLACE, OPEN, OURS, id="none of its own"),
        pytest.param(box(greeting={"say": "Sales."}), OPEN, OWN, id="its own words"),
        pytest.param(box(greeting={"play": "sales_tape"}), OPEN, TAPE, id="its own recording"),
        pytest.param(
            box(greeting={"say": "Sales."}, closed={"hours": "office", "say": "We are at home."}),
            OPEN,
            OWN,
            id="in its hours",
        ),
        pytest.param(
            box(greeting={"say": "Sales."}, closed={"hours": "office", "say": "We are at home."}),
            LATE,
            CLOSED,
            id="out of its hours",
        ),
        pytest.param(box(closed={"hours": "office", "say": "We are at home."}), OPEN, OURS, id="ours in its hours"),
    ],
)
def test_greetings(place: Site, now: datetime, said: Utterance) -> None:
    assert greeting(place, place.mailbox("sales"), "en", now) == said


def test_every_greeting_is_rendered() -> None:
    place = box(greeting={"say": "Sales."}, closed={"hours": "office", "say": {"lt": "Esame namie."}})
    said = set(phrases.everything(place))
    for language in place.company.languages:
        for now in (OPEN, LATE):
            assert greeting(place, place.mailbox("sales"), language, now) in said
