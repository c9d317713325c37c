from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.ami.errors import MessageTooLarge, NotAmi
from callrouter.ami.framing import MessageCutter

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
STREAM = GREETING + "Event: A\r\nName: Ольга\r\n\r\n\r\nEvent: B\r\nEmpty: \r\n\r\nEvent: C".encode()
WHOLE = ["Event: A\r\nName: Ольга".encode(), b"Event: B\r\nEmpty: "]


def cut(*parts: bytes, limit: int = 1000) -> list[bytes]:
    cutter = MessageCutter(limit)
    return [message for part in parts for message in cutter.feed(part)]


@pytest.mark.parametrize(
    ("parts", "messages"),
    [
        pytest.param([GREETING], [], id="greeting only"),
        pytest.param([GREETING + b"Event: A\r\n"], [], id="half a message"),
        pytest.param([GREETING + b"Event: A\r\n\r", b"\n"], [b"Event: A"], id="split end mark"),
        pytest.param([GREETING[:10], GREETING[10:] + b"Event: A\r\n\r\n"], [b"Event: A"], id="split greeting"),
        pytest.param([GREETING, b"\r\nEvent: A\r\n\r\n"], [b"Event: A"], id="a line end too many"),
        pytest.param([STREAM], WHOLE, id="all at once"),
        pytest.param([STREAM[i : i + 1] for i in range(len(STREAM))], WHOLE, id="byte by byte"),
    ],
)
def test_messages_are_cut(parts: list[bytes], messages: list[bytes]) -> None:
    assert cut(*parts) == messages


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_packets_do_not_matter(places: list[int]) -> None:
    edges = [0, *sorted(places), len(STREAM)]
    assert cut(*(STREAM[a:b] for a, b in itertools.pairwise(edges))) == WHOLE


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="a web server"),
        pytest.param(b"Asterisk Call Manager/" + b"9" * 200, id="no end of line"),
        pytest.param(b"\r\n", id="an empty line"),
    ],
)
def test_others_are_not_taken_for_asterisk(first: bytes) -> None:
    with pytest.raises(NotAmi):
        MessageCutter(1000).feed(first)


def test_the_version_is_kept() -> None:
    cutter = MessageCutter(1000)
    cutter.feed(GREETING)
    assert cutter.version == "11.0.0"


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"], ids=["endless", "whole"])
def test_a_message_past_the_limit_is_refused(end: bytes) -> None:
    with pytest.raises(MessageTooLarge):
        cut(GREETING, b"x" * 1001 + end)


def test_a_megabyte_in_small_packets_is_linear() -> None:
    cutter = MessageCutter(4 * 2**20)
    cutter.feed(GREETING)
    packet = b"Output: " + b"x" * 1000 + b"\r\n"
    begin = time.process_time()
    for _ in range(2000):
        assert cutter.feed(packet) == []
    (message,) = cutter.feed(b"\r\n")
    assert len(message) > 2_000_000
    assert time.process_time() - begin < 0.5  # panoramisk's way takes more than a second
