"""The listening side: who comes in, what a fault costs, how it ends."""

from __future__ import annotations

import asyncio
import socket
import statistics
import struct

import pytest
import structlog

from ivr.agi.errors import HungUp
from ivr.agi.fake_pbx import FakeCall, Faults
from ivr.agi.server import AgiServer, Counters, Refusal
from ivr.agi.session import AgiSession

from .conftest import HOST, TOKEN, Running, Serve


async def dialogue(session: AgiSession) -> None:
    """A short call: ten commands or so."""
    await session.answer()
    await session.set_music(True)
    await session.wait_for_digit(1)
    await session.set_music(False)
    await session.stream_file("welcome", "12")
    await session.set_variable("X", "1")
    assert await session.get_variable("X") == "1"
    await session.exec("NoOp", "x")
    await session.record_file("/m/1", longest=3)
    await session.hangup()


async def settled(running: Running) -> Counters:
    """Return the counters once no session runs any more."""
    await running.server.drain(5)
    return running.server.counters


async def end_of(reader: asyncio.StreamReader) -> bytes:
    """Read until the server has closed, whichever way it did."""
    try:
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        return b""


# ---- the good call


async def test_good_call_ends_with_the_mark(serve: Serve) -> None:
    running = await serve(dialogue)
    call = await running.call(FakeCall(presses="1"))
    assert call.done
    assert call.verbs[0] == "ANSWER"
    assert call.verbs[-1] == "SET VARIABLE"
    counters = await settled(running)
    assert (counters.accepted, counters.ended, counters.failed) == (1, 1, 0)
    assert not counters.refused


async def test_many_calls_at_once(serve: Serve) -> None:
    running = await serve(dialogue)
    calls = await asyncio.gather(*(running.call(FakeCall(presses="1")) for _ in range(50)))
    assert all(call.done for call in calls)
    assert (await settled(running)).ended == 50


@pytest.mark.parametrize("step", range(1, 11))
async def test_hangup_at_each_step_is_a_normal_end(serve: Serve, step: int) -> None:
    running = await serve(dialogue)
    call = await running.call(FakeCall(presses="1", hangs_up_at_command=step))
    counters = await settled(running)
    assert (counters.ended, counters.failed, counters.broken) == (1, 0, 0)
    assert call.done


@pytest.mark.parametrize("step", range(1, 11))
async def test_lost_connection_at_each_step_is_a_normal_end(serve: Serve, step: int) -> None:
    running = await serve(dialogue)
    call = await running.call(FakeCall(presses="1", faults=Faults(closes_at_command=step)))
    counters = await settled(running)
    assert (counters.ended, counters.failed, counters.broken) == (1, 0, 0)
    assert not call.done


# ---- strangers


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        pytest.param(b"", Refusal.NO_HEADER_IN_TIME, id="nothing"),
        pytest.param(b"agi_network: yes\nagi_net", Refusal.NO_HEADER_IN_TIME, id="half a header"),
        pytest.param(b"agi_a: " + b"x" * 1_000_000, Refusal.NOT_AGI, id="1 MB"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", Refusal.NOT_AGI, id="http"),
    ],
)
async def test_stranger_is_cut_off_without_an_answer(serve: Serve, sent: bytes, reason: Refusal) -> None:
    running = await serve(dialogue, header_seconds=0.1)
    reader, writer = await running.stranger()
    writer.write(sent)
    assert await end_of(reader) == b""
    writer.close()
    assert running.server.counters.refused == {reason: 1}
    assert (await running.call(FakeCall())).done


@pytest.mark.parametrize("reset", [pytest.param(False, id="fin"), pytest.param(True, id="reset")])
@pytest.mark.parametrize("sent", [pytest.param(b"", id="nothing"), pytest.param(b"agi_n", id="half a line")])
async def test_stranger_that_closes_at_once_is_forgotten(serve: Serve, sent: bytes, reset: bool) -> None:
    running = await serve(dialogue, header_seconds=30)
    for _ in range(20):
        with socket.create_connection((HOST, running.port)) as sock:
            sock.sendall(sent)
            if reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert (await running.call(FakeCall())).done
    assert running.server.counters.refused == {Refusal.CLOSED_EARLY: 20}


@pytest.mark.parametrize(
    ("call", "token"),
    [
        pytest.param(FakeCall(), "wrong", id="wrong"),
        pytest.param(FakeCall(), "", id="empty"),
        pytest.param(FakeCall(), TOKEN + "x", id="longer"),
        pytest.param(FakeCall(), "žodis", id="not ascii"),
        pytest.param(FakeCall(faults=Faults(header=b"agi_channel: x\nagi_uniqueid: 1.1\n\n")), TOKEN, id="no argument"),
    ],
)
async def test_wrong_token_never_reaches_the_handler(serve: Serve, call: FakeCall, token: str) -> None:
    running = await serve(dialogue)
    assert (await running.call(call, token=token)).commands == []
    counters = running.server.counters
    assert counters.refused == {Refusal.WRONG_TOKEN: 1}
    assert counters.accepted == 0


@pytest.mark.parametrize(
    ("peers", "welcome"),
    [
        pytest.param(("127.0.0.1",), True, id="address"),
        pytest.param(("127.0.0.0/8", "::1"), True, id="network"),
        pytest.param(("192.0.2.1",), False, id="another address"),
        pytest.param(("::1",), False, id="another family"),
        pytest.param((), False, id="nobody"),
    ],
)
async def test_only_known_peers_are_heard(serve: Serve, peers: tuple[str, ...], welcome: bool) -> None:
    running = await serve(dialogue, peers=peers)
    call = await running.call(FakeCall())
    assert call.done is welcome
    assert running.server.counters.refused == ({} if welcome else {Refusal.FOREIGN_PEER: 1})


async def test_500_silent_connections_do_not_slow_a_good_call(serve: Serve) -> None:
    running = await serve(dialogue, header_seconds=30)

    async def median_seconds() -> float:
        loop, times = asyncio.get_running_loop(), []
        for _ in range(15):
            began = loop.time()
            assert (await running.call(FakeCall(presses="1"))).done
            times.append(loop.time() - began)
        return statistics.median(times)

    alone = await median_seconds()
    strangers = [socket.create_connection((HOST, running.port)) for _ in range(500)]
    try:
        beside = await median_seconds()
    finally:
        for stranger in strangers:
            stranger.close()
    assert beside < max(10 * alone, 0.1)


async def test_strangers_beyond_the_limit_push_out_the_oldest(serve: Serve) -> None:
    running = await serve(dialogue, header_seconds=30, strangers=3)
    first, first_writer = await running.stranger()
    others = [await running.stranger() for _ in range(3)]
    assert await end_of(first) == b""
    assert (await running.call(FakeCall())).done
    assert running.server.counters.refused[Refusal.TOO_MANY_STRANGERS] >= 1
    for writer in [first_writer, *(writer for _, writer in others)]:
        writer.close()


async def test_call_beyond_the_limit_goes_to_the_survival_path_at_once(serve: Serve) -> None:
    inside, leave = asyncio.Event(), asyncio.Event()

    async def handler(session: AgiSession) -> None:
        inside.set()
        await leave.wait()

    running = await serve(handler, sessions=1)
    first = asyncio.create_task(running.call(FakeCall()))
    await inside.wait()
    second = await running.call(FakeCall())
    assert second.commands == []
    assert running.server.counters.refused == {Refusal.TOO_MANY_SESSIONS: 1}
    leave.set()
    assert (await first).done
    assert (await running.call(FakeCall())).done


# ---- faults inside


async def test_handler_that_raises_ends_its_call_only_and_leaves_no_mark(serve: Serve) -> None:
    async def handler(session: AgiSession) -> None:
        if session.request.dnid == "1":
            raise ValueError("the caller +37060000001 said a secret")
        await dialogue(session)

    running = await serve(handler)
    with structlog.testing.capture_logs() as logs:
        bad, good = await asyncio.gather(running.call(FakeCall(did="1")), running.call(FakeCall(did="2")))
    assert (bad.done, good.done) == (False, True)
    counters = await settled(running)
    assert (counters.accepted, counters.ended, counters.failed) == (2, 1, 1)
    (entry,) = logs
    assert entry["error"] == "ValueError"
    assert entry["call_id"].startswith("1763800000.")
    assert "60000001" not in str(entry)


async def test_hung_up_by_the_handler_is_a_normal_end(serve: Serve) -> None:
    async def handler(session: AgiSession) -> None:
        raise HungUp

    running = await serve(handler)
    with structlog.testing.capture_logs() as logs:
        await running.call(FakeCall())
    assert (await settled(running)).ended == 1
    assert logs == []


async def test_nonsense_from_asterisk_is_counted_also_while_idle(serve: Serve) -> None:
    idle, gone = asyncio.Event(), asyncio.Event()

    async def handler(session: AgiSession) -> None:
        session.on_hangup(gone.set)
        idle.set()
        await gone.wait()

    running = await serve(handler)
    reader, writer = await running.stranger()
    writer.write(f"agi_channel: x\nagi_uniqueid: 1.1\nagi_arg_1: {TOKEN}\n\n".encode())
    await idle.wait()
    writer.write(b"200 result=0\n")
    assert await end_of(reader) == b""
    writer.close()
    assert (await settled(running)).broken == 1


async def test_unanswered_mark_is_a_failure(serve: Serve) -> None:
    async def handler(session: AgiSession) -> None:
        await session.answer()

    running = await serve(handler, done_seconds=0.05)
    assert not (await running.call(FakeCall(faults=Faults(mute_at_command=2)))).done
    assert (await settled(running)).failed == 1


async def test_last_hangup_does_not_meet_a_closed_socket(serve: Serve) -> None:
    async def handler(session: AgiSession) -> None:
        await session.answer()

    running = await serve(handler, linger_seconds=30)
    reader, writer = await running.stranger()
    writer.write(f"agi_channel: x\nagi_uniqueid: 1.1\nagi_arg_1: {TOKEN}\n\n".encode())
    assert await reader.readline() == b"ANSWER\n"
    writer.write(b"200 result=0\n")
    assert await reader.readline() == b'SET VARIABLE "SWITCHROOM_DONE" "1"\n'
    writer.write(b"200 result=1\n")
    assert await reader.read() == b""  # our half is closed …
    for _ in range(3):
        writer.write(b"HANGUP\n")  # … and theirs still open
        await writer.drain()
    writer.close()
    await writer.wait_closed()


async def test_peer_that_never_closes_is_not_waited_for(serve: Serve) -> None:
    async def handler(session: AgiSession) -> None:
        raise HungUp

    running = await serve(handler, linger_seconds=0.05)
    reader, writer = await running.stranger()
    writer.write(f"agi_channel: x\nagi_uniqueid: 1.1\nagi_arg_1: {TOKEN}\n\n".encode())
    await reader.readline()
    writer.write(b"200 result=1\n")
    assert await reader.read() == b""
    with pytest.raises(ConnectionError):
        async with asyncio.timeout(20):
            while True:
                writer.write(b"HANGUP\n")
                await writer.drain()
                await asyncio.sleep(0.01)
    writer.close()


# ---- the end


async def test_drain_waits_for_calls_and_lets_no_new_one_in(serve: Serve) -> None:
    inside, leave = asyncio.Event(), asyncio.Event()

    async def handler(session: AgiSession) -> None:
        inside.set()
        await leave.wait()

    running = await serve(handler, header_seconds=30)
    _, stranger = await running.stranger()
    call = asyncio.create_task(running.call(FakeCall()))
    await inside.wait()
    assert await running.server.drain(0.02) == 1
    with pytest.raises(ConnectionRefusedError):
        await running.call(FakeCall())
    leave.set()
    assert await running.server.drain(5) == 0
    assert (await call).done
    stranger.close()


async def test_stranger_that_speaks_while_stopping_is_refused(serve: Serve) -> None:
    running = await serve(dialogue)
    reader, writer = await running.stranger()
    # A whole call that comes later shows that the loop has accepted the stranger.
    assert (await running.call(FakeCall())).done
    running.server.stop_accepting()
    writer.write(f"agi_channel: x\nagi_uniqueid: 1.1\nagi_arg_1: {TOKEN}\n\n".encode())
    assert await end_of(reader) == b""
    writer.close()
    assert running.server.counters.refused == {Refusal.STOPPING: 1}


async def test_close_ends_calls_without_the_mark_and_may_be_repeated(serve: Serve) -> None:
    inside = asyncio.Event()

    async def handler(session: AgiSession) -> None:
        inside.set()
        await session.wait_for_digit(60)

    running = await serve(handler)
    call = asyncio.create_task(running.call(FakeCall(pace=1.0)))
    await inside.wait()
    await running.server.close()
    await running.server.close()
    assert running.server.sessions == 0
    assert not (await call).done


@pytest.mark.parametrize(
    ("token", "peers"),
    [
        pytest.param("", ("127.0.0.1",), id="no token"),
        pytest.param('a"b', ("127.0.0.1",), id="a token that the dialplan would change"),
        pytest.param("x", ("localhost",), id="a name as peer"),
    ],
)
def test_bad_settings_are_refused(token: str, peers: tuple[str, ...]) -> None:
    with pytest.raises(ValueError):
        AgiServer(dialogue, token=token, allowed_peers=peers)
