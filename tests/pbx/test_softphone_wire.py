"""The softphones' lines, texts and key strings, and a worker process that misbehaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx import softphone_text
from pbx import softphone_wire as wire
from pbx.softphone_call import read_keys
from pbx.softphone_errors import WorkerGone
from pbx.softphone_process import Worker
from pbx.softphone_worker import Lines

ROOT = Path(__file__).resolve().parents[2]
TEXT = st.text(max_size=40)


@given(st.integers(0, 10**9), TEXT, TEXT, st.dictionaries(TEXT, TEXT, max_size=3))
def test_a_command_comes_out_as_it_went_in(number: int, phone: str, uri: str, headers: dict[str, str]) -> None:
    command = wire.Dial(phone, "out-1", uri, headers)
    line = wire.encode_command(number, command)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert wire.decode_command(line) == (number, command)


@pytest.mark.parametrize(
    "message",
    [
        wire.Ready(8, 4),
        wire.Done(1, 2.5, "127.0.0.1:5060"),
        wire.Refused(1, "no"),
        wire.Registration("phone-1", True, 200, "OK"),
        wire.Incoming("phone-1", "in-1", "700", "Žoë", {"Via": "x"}, 1.0),
        wire.Lamp("phone-1", True, 2, 1, "sip:*97@127.0.0.1", 1.0),
        wire.Media("in-1", "held_there", 1.0),
        wire.Ended("in-1", 486, "Busy Here", "there", 1.0),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message_comes_out_as_it_went_in(message: wire.Message) -> None:
    assert wire.decode_message(wire.encode_message(message)) == message


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"7", b"{}", b'{"is":"Nobody"}', b'{"is":"Done"}', b'{"is":"Done","id":1,"at":1,"x":1}'],
)
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.decode_message(line)


def test_a_line_without_measure_is_not_sent() -> None:
    with pytest.raises(wire.WireError):
        wire.encode_command(1, wire.Dial("a", "b", "c", {"X": "y" * wire.MAX_LINE}))


def test_lines_come_whole_however_they_were_cut() -> None:
    read_end, write_end = os.pipe()
    try:
        lines = Lines(read_end)
        seen = [list(lines)]
        for piece in (b"on", b"e\ntwo\nth", b"ree\n"):
            os.write(write_end, piece)
            seen.append(list(lines))
        os.close(write_end)
        assert seen == [[], [], [b"one", b"two"], [b"three"]]
        assert not lines.ended
        assert list(lines) == []
        assert lines.ended
    finally:
        os.close(read_end)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("1 w5 2", ["1", 5.0, "2"]),
        ("10#*", ["1", "0", "#", "*"]),
        ("w0.25A", [0.25, "A"]),
        ("", []),
    ],
    ids=["with a wait", "run together", "a fraction", "none"],
)
def test_key_strings(text: str, steps: list[str | float]) -> None:
    assert read_keys(text) == steps


@pytest.mark.parametrize("text", ["x", "1 w", "w-1", "1,2"])
def test_what_is_no_key_string_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="keys are"):
        read_keys(text)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ('"Ann Doe" <sip:700@127.0.0.2:5060>', ("700", "Ann Doe")),
        ("Ann <sip:700@127.0.0.2>", ("700", "Ann")),
        ("<sip:+37060000001@127.0.0.2;user=phone>", ("+37060000001", "")),
        ("sip:700@127.0.0.2", ("700", "")),
        (r'"a \"b\" \\ c" <sip:1@h>', ("1", 'a "b" \\ c')),
        ("tel:700", ("", "")),
    ],
    ids=["quoted", "plain", "no name", "bare", "escaped", "other scheme"],
)
def test_who_calls_is_read_from_the_address(uri: str, expected: tuple[str, str]) -> None:
    assert softphone_text.party(uri) == expected


@given(st.text(st.characters(exclude_characters="\r\n"), min_size=1, max_size=30))
def test_any_display_name_survives_quoting(display: str) -> None:
    assert softphone_text.party(softphone_text.address(display, "700", "127.0.0.2")) == ("700", display)


def test_headers_end_at_the_blank_line() -> None:
    message = "INVITE sip:1@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nX-A:  b: c \r\n\r\nv=0\r\nX-Not: me\r\n"
    assert softphone_text.headers(message) == {"Via": "SIP/2.0/UDP h", "X-A": "b: c"}


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            "Messages-Waiting: yes\r\nMessage-Account: sip:*97@h:5060\r\nVoice-Message: 2/8 (0/2)\r\n",
            (True, 2, 8, "sip:*97@h:5060"),
        ),
        ("messages-waiting:no\nvoice-message:0/0\n", (False, 0, 0, "")),
        ("Messages-Waiting: yes\r\n", (True, 0, 0, "")),
        ("Messages-Waiting: yes\r\nVoice-Message: many\r\n", (True, 0, 0, "")),
        ("Voice-Message: 2/8\r\n", None),
        ("", None),
    ],
    ids=["all of it", "small letters", "no numbers", "odd numbers", "not about waiting", "nothing"],
)
def test_what_a_lamp_shows_is_read_from_the_body(body: str, shown: tuple[bool, int, int, str] | None) -> None:
    head = "NOTIFY sip:alice@h SIP/2.0\r\nEvent: message-summary\r\nMessages-Waiting: yes\r\n"
    assert softphone_text.lamp(f"{head}\r\n{body}") == shown


READY = 'print(\'{"is":"Ready","phones":8,"calls":4}\', flush=True);'


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("raise SystemExit('no sound device')", "no sound device"),
        ("print('hello', flush=True); import time; time.sleep(60)", "not JSON"),
        ("import sys; sys.stdout.write('x' * 10**6); sys.stdout.flush(); input()", "exit status"),
        ("print('{\"is\":\"Rea', end='', flush=True)", "not JSON"),
        ("import os; os.abort()", "exit status -6"),
    ],
    ids=["ends at once", "says nonsense", "line without end", "half a line", "aborts"],
)
async def test_a_worker_that_does_not_come_up_says_why(script: str, said: str) -> None:
    with pytest.raises(WorkerGone, match=said):
        await Worker.start(lambda message: None, (sys.executable, "-c", script))


async def test_a_worker_that_goes_while_asked_is_noticed() -> None:
    heard: list[object] = []
    worker, _ = await Worker.start(
        heard.append, (sys.executable, "-c", READY + "input(); raise SystemExit('last words')")
    )
    with pytest.raises(WorkerGone, match="last words"):
        await worker.ask(wire.Hold("in-1"))
    await worker.close()
    assert [type(message) for message in heard] == [WorkerGone]


def test_the_worker_ends_when_its_parent_is_gone() -> None:
    """The end of its input is all the worker needs to know."""
    done = subprocess.run(
        [sys.executable, "-m", "pbx.softphone_worker"],
        cwd=ROOT,
        input=wire.encode_command(1, wire.AddPhone("a", "700", "Ann", "127.0.0.1", "127.0.0.1:9")),
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert [type(wire.decode_message(line)) for line in done.stdout.splitlines()] == [wire.Ready, wire.Done]
