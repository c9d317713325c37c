"""What a handler sees of its channel, against the scripted other end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ivr.agi.errors import (
    AgiTimeout,
    CommandRefused,
    HungUp,
    LinkLost,
    LocalProtocolError,
    MediaFailed,
    RemoteProtocolError,
)
from ivr.agi.fake_pbx import App, FakeCall, Faults, Press
from ivr.agi.session import AgiSession, FileRecorded, Played
from ivr.conversation import EndedBy

from .conftest import Serve

Verb = Callable[[AgiSession], Awaitable[Any]]


async def outcome_of(serve: Serve, call: FakeCall, verb: Verb) -> Any:
    """Run one verb in a session and return what it returned or raised."""
    seen: list[Any] = []

    async def handler(session: AgiSession) -> None:
        try:
            seen.append(await verb(session))
        except Exception as error:  # noqa: BLE001  what it raised is what is asked
            seen.append(error)

    running = await serve(handler)
    await running.call(call)
    await running.server.drain(5)
    return seen[0]


@pytest.mark.parametrize(
    ("call", "verb", "expected"),
    [
        pytest.param(FakeCall(), lambda s: s.answer(), None, id="answer"),
        pytest.param(FakeCall(), lambda s: s.stream_file("hi"), Played("", 8_000), id="prompt to its end"),
        pytest.param(
            FakeCall(presses="1"), lambda s: s.stream_file("hi", "12"), Played("1", 0), id="prompt cut at once"
        ),
        pytest.param(
            FakeCall(presses=[Press("2", at=0.5)]),
            lambda s: s.stream_file("hi", "12"),
            Played("2", 4_000),
            id="prompt cut in the middle",
        ),
        pytest.param(
            FakeCall(presses="9"), lambda s: s.stream_file("hi", "12"), Played("", 8_000), id="key not offered"
        ),
        pytest.param(FakeCall(presses="w2 5"), lambda s: s.wait_for_digit(3), "5", id="key in time"),
        pytest.param(FakeCall(presses="w4 5"), lambda s: s.wait_for_digit(3), "", id="key too late"),
        pytest.param(FakeCall(presses="D"), lambda s: s.wait_for_digit(3), "D", id="woken"),
        pytest.param(FakeCall(presses="*"), lambda s: s.wait_for_digit(0.25), "*", id="star"),
        pytest.param(FakeCall(), lambda s: s.get_variable("X"), None, id="no such variable"),
        pytest.param(FakeCall(variables={"X": ""}), lambda s: s.get_variable("X"), "", id="empty variable"),
        pytest.param(FakeCall(), lambda s: s.channel_status(), 4, id="ringing"),
        pytest.param(FakeCall(), lambda s: s.exec("NoOp", "a", "b"), 0, id="application"),
        pytest.param(FakeCall(applications={"Nope": App(-2)}), lambda s: s.exec("Nope"), -2, id="no such application"),
        pytest.param(FakeCall(applications={"One": App(1)}), lambda s: s.exec("One"), 1, id="application says 1"),
        pytest.param(
            FakeCall(speaks=4.0),
            lambda s: s.record_file("/m/1", longest=60, silence=2),
            FileRecorded(EndedBy.SILENCE, 40_000),
            id="message ended by silence",
        ),
        pytest.param(
            FakeCall(presses="w7 #"),
            lambda s: s.record_file("/m/1", longest=60),
            FileRecorded(EndedBy.KEY, 56_000),
            id="message ended by key",
        ),
        pytest.param(
            FakeCall(hangs_up_after=5.0),
            lambda s: s.record_file("/m/1", longest=60),
            FileRecorded(EndedBy.HANGUP, 40_000),
            id="message ended by hanging up",
        ),
        pytest.param(
            FakeCall(),
            lambda s: s.record_file("/m/1", longest=6, silence=2),
            FileRecorded(EndedBy.SILENCE, 32_000),
            id="message ended by silence after three seconds",
        ),
        pytest.param(
            FakeCall(speaks=60.0),
            lambda s: s.record_file("/m/1", longest=6, silence=2),
            FileRecorded(EndedBy.LONGEST, 48_000),
            id="message ended by the limit",
        ),
        pytest.param(
            FakeCall(faults=Faults(answers={"RECORD FILE": b"200 result=1 (timeout) endpos=40000\n"})),
            lambda s: s.record_file("/m/1", longest=5, silence=2),
            FileRecorded(EndedBy.LONGEST, 40_000),
            id="a millisecond left at the limit is no silence",
        ),
        pytest.param(
            FakeCall(faults=Faults(answers={"RECORD FILE": b"200 result=35 (dtmf) endpos=-20\n"})),
            lambda s: s.record_file("/m/1", longest=5, silence=2),
            FileRecorded(EndedBy.KEY, 0),
            id="a full disk: a position before the beginning",
        ),
        pytest.param(
            FakeCall(faults=Faults(answers={"RECORD FILE": b"200 result=35 (randomerror) endpos=0\n"})),
            lambda s: s.record_file("/m/1", longest=60),
            FileRecorded(EndedBy.KEY, 0),
            id="key during the beep",
        ),
    ],
)
async def test_verbs(serve: Serve, call: FakeCall, verb: Verb, expected: Any) -> None:
    assert await outcome_of(serve, call, verb) == expected
    assert call.done


@pytest.mark.parametrize(
    ("call", "verb", "error"),
    [
        pytest.param(
            FakeCall(missing=frozenset({"hi"})), lambda s: s.stream_file("hi"), MediaFailed, id="no such prompt"
        ),
        pytest.param(
            FakeCall(missing=frozenset({"/m"})), lambda s: s.record_file("/m", longest=9), MediaFailed, id="no file"
        ),
        pytest.param(FakeCall(hangs_up_after=0.5), lambda s: s.stream_file("hi"), HungUp, id="prompt, hung up"),
        pytest.param(FakeCall(hangs_up_after=0.5), lambda s: s.wait_for_digit(9), HungUp, id="wait, hung up"),
        pytest.param(
            FakeCall(hangs_up_after=0.5, faults=Faults(no_hangup_lines=True)),
            lambda s: s.wait_for_digit(9),
            HungUp,
            id="hung up without the notice",
        ),
        pytest.param(FakeCall(hangs_up_at_command=1), lambda s: s.answer(), HungUp, id="answer, hung up"),
        pytest.param(
            FakeCall(faults=Faults(closes_at_command=1)), lambda s: s.answer(), LinkLost, id="connection closed"
        ),
        pytest.param(
            FakeCall(faults=Faults(mute_at_command=1)),
            lambda s: s.command("ANSWER", deadline=0.05),
            AgiTimeout,
            id="no answer",
        ),
        pytest.param(
            FakeCall(faults=Faults(answers={"ANSWER": b"nonsense\n"})),
            lambda s: s.answer(),
            RemoteProtocolError,
            id="nonsense",
        ),
        pytest.param(FakeCall(), lambda s: s.command("TDD MODE", "on"), CommandRefused, id="unknown command"),
        pytest.param(FakeCall(), lambda s: s.command("STREAM FILE"), CommandRefused, id="wrong arguments"),
        pytest.param(FakeCall(), lambda s: s.set_variable("X", "a\nb"), LocalProtocolError, id="line break"),
        pytest.param(FakeCall(), lambda s: s.wait_for_digit(-1), LocalProtocolError, id="for ever"),
    ],
)
async def test_what_verbs_raise(serve: Serve, call: FakeCall, verb: Verb, error: type[Exception]) -> None:
    assert type(await outcome_of(serve, call, verb)) is error


@pytest.mark.parametrize("piece", [1, 7])
async def test_pieces(serve: Serve, piece: int) -> None:
    call = FakeCall(caller_name="Ąžuolas", variables={"X": "(ą) x\nHANGUP\nž"}, presses="3", faults=Faults(piece=piece))

    async def verbs(session: AgiSession) -> tuple[str | None, str | None, str]:
        return session.request.caller_name, await session.get_variable("X"), await session.wait_for_digit(1)

    assert await outcome_of(serve, call, verbs) == ("Ąžuolas", "(ą) x\nHANGUP\nž", "3")


async def test_request_and_arguments_reach_the_handler(serve: Serve) -> None:
    async def look(session: AgiSession) -> tuple[str, str | None, tuple[str, ...]]:
        return session.request.script, session.request.dnid, session.arguments

    call = FakeCall(did="5201", script="outbound", arguments=("callback", "17"))
    assert await outcome_of(serve, call, look) == ("outbound", "5201", ("callback", "17"))


async def test_variables_still_answer_after_hangup_and_media_are_not_even_sent(serve: Serve) -> None:
    call = FakeCall(
        hangs_up_after=10.0,
        applications={"Dial": App(seconds=60.0, sets={"DIALSTATUS": "ANSWER", "ANSWEREDTIME": "10"})},
    )

    async def dial(session: AgiSession) -> tuple[int, str | None, bool]:
        result = await session.exec("Dial", "PJSIP/101", "20", "g", deadline=None)
        status = await session.get_variable("DIALSTATUS")
        with pytest.raises(HungUp):
            await session.stream_file("bye")
        return result, status, session.hung_up

    assert await outcome_of(serve, call, dial) == (-1, "ANSWER", True)
    assert "STREAM FILE" not in call.verbs


async def test_hanging_up_twice_is_no_error(serve: Serve) -> None:
    async def twice(session: AgiSession) -> bool:
        await session.hangup()
        await session.get_variable("X")  # lets the notice arrive
        await session.hangup()
        return session.hung_up

    call = FakeCall()
    assert await outcome_of(serve, call, twice) is True
    assert call.hung_up_by_server


async def test_hangup_callback_comes_once_also_while_idle(serve: Serve) -> None:
    idle, gone = asyncio.Event(), asyncio.Event()
    calls: list[str] = []

    async def handler(session: AgiSession) -> None:
        session.on_hangup(lambda: calls.append("early"))
        session.on_hangup(gone.set)
        idle.set()
        await gone.wait()
        session.on_hangup(lambda: calls.append("late"))
        await session.get_variable("X")

    running = await serve(handler)
    call = FakeCall()
    ringing = asyncio.create_task(running.call(call))
    await idle.wait()
    call.hang_up()
    call.hang_up()
    await ringing
    assert calls == ["early", "late"]
    assert running.server.counters.failed == 0


async def test_live_key_wakes_a_wait_at_once(serve: Serve) -> None:
    keys: list[str] = []

    async def handler(session: AgiSession) -> None:
        await session.answer()
        keys.append(await session.wait_for_digit(30))

    running = await serve(handler)
    call = FakeCall(pace=1.0)
    ringing = asyncio.create_task(running.call(call))
    await call.until("WAIT FOR DIGIT")
    call.press("D")
    await ringing
    assert keys == ["D"]
    assert call.elapsed < 5


async def test_cancelled_command_closes_the_connection(serve: Serve) -> None:
    async def handler(session: AgiSession) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await session.command("ANSWER", deadline=None)
        with pytest.raises(LinkLost):
            await session.get_variable("X")

    running = await serve(handler)
    call = await running.call(FakeCall(faults=Faults(mute_at_command=1)))
    assert not call.done


async def test_two_commands_at_once_are_our_fault(serve: Serve) -> None:
    async def handler(session: AgiSession) -> None:
        first = asyncio.ensure_future(session.answer())
        await asyncio.sleep(0)
        with pytest.raises(LocalProtocolError):
            await session.get_variable("X")
        await first

    running = await serve(handler)
    assert (await running.call(FakeCall())).done
    assert running.server.counters.failed == 0


async def test_short_deadline_rings_before_a_longer_one_set_earlier(serve: Serve) -> None:
    async def verbs(session: AgiSession) -> float:
        await session.answer()  # leaves the timer at five seconds
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(AgiTimeout):
            await session.command("NOOP", deadline=0.05)
        return loop.time() - began

    call = FakeCall(faults=Faults(mute_at_command=2))
    assert 0.04 < await outcome_of(serve, call, verbs) < 2


async def test_recording_is_written_by_the_fake(serve: Serve, tmp_path: Path) -> None:
    call = FakeCall(voice=b"RIFF", presses="w1 #")
    await outcome_of(serve, call, lambda s: s.record_file(str(tmp_path / "1"), "wav", longest=9))
    assert (tmp_path / "1.wav").read_bytes() == b"RIFF"
    assert call.recorded == [str(tmp_path / "1")]
