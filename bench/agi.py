"""How many short calls one CPU-second of our FastAGI server carries, beside panoramisk's.

A session is what a real call is at least: the header block, ten commands, the "done" mark. The server runs in a
process of its own and measures itself; the callers are plain sockets in a second process. Each server has the same
conversation, one server after the other on the same machine; the best of five rounds counts.

panoramisk is measured in three ways. "panoramisk" is each server as it is run by its makers: ours on uvloop, theirs as
in their documentation, on asyncio's own loop, with ready-made lines and no deadlines; this gives `ratio`. The other
two put theirs on uvloop as well: "uvloop_equal" does the same as ours (quotes its arguments, compares the token, gives
every command a deadline, each by the plainest means), "uvloop_bare" sends ready-made lines and may wait for ever. Most
of what is left below that is the kernel's: one read and one write for each command.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import subprocess
import sys
import time
from pathlib import Path

import uvloop

TOKEN = "bench-token"
SESSIONS = 1_500
CALLERS = 16
ROUNDS = 5
DEADLINE = 120.0
HOST = "127.0.0.1"
#: Ten commands, as a caller with one menu makes them; each server writes them in its own way.
COMMANDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ANSWER", ()),
    ("SET MUSIC", ("on", "default")),
    ("WAIT FOR DIGIT", ("1000",)),
    ("SET MUSIC", ("off",)),
    ("STREAM FILE", ("welcome", "12")),
    ("SET VARIABLE", ("INTENT", "invoice")),
    ("GET VARIABLE", ("CHANNEL",)),
    ("EXEC", ("NoOp", "a,b")),
    ("STREAM FILE", ("goodbye", "")),
    ("GET VARIABLE", ("DIALSTATUS",)),
)
MARK = ("SET VARIABLE", ("SWITCHROOM_DONE", "1"))
ANSWERS = {
    b"ANSW": b"200 result=0\n",
    b"SET ": b"200 result=1\n",
    b"WAIT": b"200 result=49\n",
    b"STRE": b"200 result=0 endpos=8000\n",
    b"GET ": b"200 result=1 (PJSIP/trunk-0000002a)\n",
    b"EXEC": b"200 result=0\n",
}
HEADER = "".join(
    f"agi_{name}: {value}\n"
    for name, value in {
        "network": "yes",
        "network_script": "inbound",
        "request": "agi://127.0.0.1:4573/inbound",
        "channel": "PJSIP/trunk-0000002a",
        "language": "en",
        "type": "PJSIP",
        "uniqueid": "1763800000.42",
        "version": "22.10.1",
        "callerid": "101",
        "calleridname": "Alice",
        "callingpres": "0",
        "callingani2": "0",
        "callington": "0",
        "callingtns": "0",
        "dnid": "5200",
        "rdnis": "unknown",
        "context": "from-trunk",
        "extension": "5200",
        "priority": "3",
        "enhanced": "0.0",
        "accountcode": "",
        "threadid": "139711234",
        "arg_1": TOKEN,
    }.items()
).encode()


# ---- the two servers


async def serve_ours() -> int:
    from ivr.agi.server import AgiServer
    from ivr.agi.session import AgiSession

    async def handler(session: AgiSession) -> None:
        for verb, args in COMMANDS:
            await session.command(verb, *args)

    return await AgiServer(handler, token=TOKEN).start(HOST)


def line_of(verb: str, args: tuple[str, ...]) -> str:
    return " ".join([verb, *('"' + arg.replace("\\", "\\\\").replace('"', '\\"') + '"' for arg in args)])


async def serve_panoramisk(*, bare: bool) -> int:
    from panoramisk.fast_agi import Application, Request

    lines = [line_of(verb, args) for verb, args in (*COMMANDS, MARK)]

    async def ready_made(request: Request) -> None:
        for line in lines:
            await request.send_command(line)

    async def careful(request: Request) -> None:
        if not hmac.compare_digest(request.headers["agi_arg_1"].encode(), TOKEN.encode()):
            return
        for verb, args in (*COMMANDS, MARK):
            async with asyncio.timeout(5):
                await request.send_command(line_of(verb, args))

    application = Application(loop=asyncio.get_running_loop())
    application.add_route("inbound", ready_made if bare else careful)
    server = await asyncio.start_server(application.handler, HOST, 0)
    port: int = server.sockets[0].getsockname()[1]
    return port


async def serve(which: str) -> None:
    """Print the port; then, for every line on stdin, the CPU seconds used so far."""
    port = await (serve_ours() if which == "ours" else serve_panoramisk(bare=which != "uvloop_equal"))
    print(port, flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(time.process_time(), flush=True)


# ---- the callers


class Caller(asyncio.Protocol):
    """One call; answers each line at once."""

    def __init__(self, ended: asyncio.Future[int]) -> None:
        self._ended = ended
        self._answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.write(HEADER + b"\n")  # type: ignore[attr-defined]  # always a stream transport here

    def data_received(self, data: bytes) -> None:
        self._answered += 1
        self._transport.write(ANSWERS[data[:4]])  # type: ignore[attr-defined]  # as above

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_result(self._answered)


async def call(port: int, sessions: int) -> None:
    """Place calls one after the other on each of the lines."""
    loop = asyncio.get_running_loop()

    async def line(count: int) -> None:
        for _ in range(count):
            ended: asyncio.Future[int] = loop.create_future()
            await loop.create_connection(lambda ended=ended: Caller(ended), HOST, port)  # type: ignore[misc]
            answered = await ended
            if answered != len(COMMANDS) + 1:
                raise RuntimeError(f"a call ended after {answered} commands")

    async with asyncio.timeout(DEADLINE):
        await asyncio.gather(*(line(sessions // CALLERS) for _ in range(CALLERS)))


# ---- the measurement


def _child(*args: str) -> list[str]:
    return [sys.executable, "-m", "bench.agi", *args]


def _root() -> Path:
    return Path(__file__).resolve().parent.parent


def measure(which: str) -> float:
    """Return the sessions per CPU-second of a server's process, best of the rounds."""
    server = subprocess.Popen(
        _child("serve", which), cwd=_root(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin and server.stdout
    try:
        port = server.stdout.readline().strip()

        def cpu() -> float:
            assert server.stdin and server.stdout
            server.stdin.write("cpu\n")
            server.stdin.flush()
            return float(server.stdout.readline())

        def round_of(sessions: int) -> float:
            before = cpu()
            subprocess.run(_child("call", port, str(sessions)), cwd=_root(), check=True, timeout=DEADLINE)
            return cpu() - before

        round_of(CALLERS * 8)  # warm up
        calls = SESSIONS // CALLERS * CALLERS
        return max(calls / round_of(calls) for _ in range(ROUNDS))
    finally:
        server.stdin.close()
        server.stdout.close()
        server.terminate()
        server.wait(10)


def run() -> dict[str, float]:
    """Return the sessions per CPU-second of the servers, and how many times ours carries theirs."""
    ours, theirs = measure("ours"), measure("panoramisk")
    equal, bare = measure("uvloop_equal"), measure("uvloop_bare")
    return {
        "sessions_per_cpu_second": round(ours, 1),
        "panoramisk": round(theirs, 1),
        "panoramisk_uvloop_equal": round(equal, 1),
        "panoramisk_uvloop_bare": round(bare, 1),
        "ratio": round(ours / theirs, 2),
        "ratio_uvloop_equal": round(ours / equal, 2),
        "ratio_uvloop_bare": round(ours / bare, 2),
        "goal": 2.0,
        "ok": float(ours / theirs >= 2.0),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", help="nothing, or a role: serve WHICH, call PORT SESSIONS")
    what: list[str] = parser.parse_args().what
    if what[:1] == ["serve"]:
        (asyncio.run if what[1] == "panoramisk" else uvloop.run)(serve(what[1]))
    elif what[:1] == ["call"]:
        uvloop.run(call(int(what[1]), int(what[2])))
    else:
        print(json.dumps(run()))


if __name__ == "__main__":
    main()
