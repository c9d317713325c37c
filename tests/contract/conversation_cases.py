"""What the contract tests of the Conversation port are written in: a scene, acts, and what came of each.

Owns the words of those tables. Which media there are is in `conversations`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from ivr.conversation import (
    CallerGone,
    Conversation,
    HandedOver,
    HandOver,
    Recorded,
    Recording,
    Taking,
    Utterance,
)
from ivr.speech.spoken import Spoken
from tests.contract.conversations import Medium, Scene

Act = Callable[[Conversation], Awaitable[object]]

HELLO = Spoken("Good day, good day.", "en")  # 9 eighths
BYE = Spoken("Thanks and goodbye.", "en")  # 9 eighths
JINGLE = Recorded("jingle", "lt")  # 3 seconds
GONE = "caller gone"


def say(*utterances: Utterance, interruptible: bool = True) -> Act:
    return lambda caller: caller.play(utterances, interruptible=interruptible)


def listen(seconds: float, *, music: bool = False) -> Act:
    return lambda caller: caller.listen(seconds, music=music)


def record(longest: float = 30.0, silence: float = 5.0, *, beep: bool = True) -> Act:
    return lambda caller: caller.record(Taking(longest, silence, beep), caller.recording_path())


def ring(*phones: str, ring_for: float = 20.0) -> Act:
    return lambda caller: caller.hand_over(HandOver(phones or ("alice", "bob"), ring_for))


def hang_up() -> Act:
    return lambda caller: caller.hangup()


def doing(acts: Sequence[Act]) -> Callable[[Conversation], Awaitable[list[tuple[object, float]]]]:
    """Do one act after another; note what came of each and how late it was then."""

    async def work(caller: Conversation) -> list[tuple[object, float]]:
        came: list[tuple[object, float]] = []
        for act in acts:
            try:
                result = await act(caller)
            except CallerGone:
                result = GONE
            if isinstance(result, Recording):
                result = replace(result, path="")
            came.append((result, caller.elapsed))
        return came

    return work


@dataclass(frozen=True)
class Case:
    """A scene, what is done to its caller, and what comes of each act: (result, seconds since the beginning)."""

    scene: Scene
    acts: tuple[Act, ...]
    came: tuple[tuple[object, float], ...]
    played: tuple[Utterance, ...] = ()
    rung: tuple[tuple[str, ...], ...] = ()


def case(name: str, scene: Scene, acts: Sequence[Act], came: Sequence[tuple[object, float]], **more: object) -> object:
    return pytest.param(Case(scene, tuple(acts), tuple(came), **more), id=name)  # type: ignore[arg-type]  # played, rung


async def check(medium: Medium, case: Case) -> None:
    came = await medium(case.scene, doing(case.acts))
    assert came.result == list(case.came)
    assert came.played == case.played
    assert came.rung == case.rung


def keys(*presses: tuple[float, str], hangs_up_at: float | None = None) -> Scene:
    return Scene(presses, hangs_up_at)


def replies(*handed: HandedOver, hangs_up_at: float | None = None, presses: Sequence[tuple[float, str]] = ()) -> Scene:
    return Scene(tuple(presses), hangs_up_at, handed)
