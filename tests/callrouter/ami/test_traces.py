"""Whole calls of real phones on Asterisk 22.10.1, as it told them, and what we make of each.

Three phones were registered; `timestampevents=yes`. Only Asterisk's own test and security events were left out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import pytest

from callrouter.ami import events as e
from callrouter.ami.client import unpack
from callrouter.ami.translate import Translator

TRACES = Path(__file__).with_name("traces")
LEFT_OUT = {"at", "bridge_id", "caller_name", "context", "cause_text"}


@pytest.mark.parametrize(
    ("trace", "told"),
    [
        pytest.param(
            "register",
            """
            PhoneRegistered alice NonQualified
            PhoneStateChanged alice idle
            PhoneRegistered alice Reachable
            PhoneRegistered bob NonQualified
            PhoneStateChanged bob idle
            PhoneRegistered bob Reachable
            PhoneRegistered carol NonQualified
            PhoneStateChanged carol idle
            PhoneRegistered carol Reachable
            """,
            id="register",
        ),
        pytest.param(
            "rejected",
            """
            ChannelSeen alice-3 ring 101 102
            ChannelSeen bob-4 down 102 s
            DialBegun alice-3 bob-4 bob
            ChannelStateChanged bob-4 ringing
            PhoneStateChanged alice busy
            PhoneStateChanged bob busy
            HangupRequested bob-4 True 17
            DialEnded alice-3 bob-4 bob busy
            HangupRequested alice-3 False 16
            ChannelHungUp bob-4 17
            PhoneStateChanged bob idle
            ChannelHungUp alice-3 17
            PhoneStateChanged alice idle
            """,
            id="rejected",
        ),
        pytest.param(
            "call_hold_blind_transfer",
            """
            ChannelSeen alice-0 ring 101 102
            ChannelSeen bob-1 down 102 s
            DialBegun alice-0 bob-1 bob
            ChannelStateChanged bob-1 ringing
            PhoneStateChanged bob busy
            PhoneStateChanged alice busy
            ChannelStateChanged bob-1 up
            DialEnded alice-0 bob-1 bob answered
            ChannelStateChanged alice-0 up
            Bridged bob-1
            Bridged alice-0
            Held bob-1
            Unheld bob-1
            Unheld bob-1
            Unbridged alice-0
            BlindTransferred True bob-1 alice-0 103
            Unbridged bob-1
            ChannelHungUp bob-1 16
            PhoneStateChanged bob idle
            ChannelSeen carol-2 down 103 s
            DialBegun alice-0 carol-2 carol
            ChannelStateChanged carol-2 ringing
            PhoneStateChanged carol busy
            ChannelStateChanged carol-2 up
            DialEnded alice-0 carol-2 carol answered
            Bridged carol-2
            Bridged alice-0
            HangupRequested alice-0 True 16
            Unbridged alice-0
            Unbridged carol-2
            HangupRequested alice-0 False 16
            ChannelHungUp alice-0 16
            PhoneStateChanged alice idle
            ChannelHungUp carol-2 16
            PhoneStateChanged carol idle
            """,
            id="call hold blind transfer",
        ),
        pytest.param(
            "attended_transfer",
            """
            ChannelSeen alice-5 ring 101 102
            ChannelSeen bob-6 down 102 s
            DialBegun alice-5 bob-6 bob
            ChannelStateChanged bob-6 ringing
            PhoneStateChanged bob busy
            PhoneStateChanged alice busy
            ChannelStateChanged bob-6 up
            DialEnded alice-5 bob-6 bob answered
            ChannelStateChanged alice-5 up
            Bridged bob-6
            Bridged alice-5
            Held bob-6
            ChannelSeen bob-7 ring 102 103
            ChannelSeen carol-8 down 103 s
            DialBegun bob-7 carol-8 carol
            ChannelStateChanged carol-8 ringing
            PhoneStateChanged carol busy
            ChannelStateChanged carol-8 up
            DialEnded bob-7 carol-8 carol answered
            ChannelStateChanged bob-7 up
            Bridged carol-8
            Bridged bob-7
            Unheld bob-6
            Unheld bob-7
            Unbridged alice-5
            Unbridged bob-7
            Bridged alice-5
            HangupRequested bob-7 False 16
            HangupRequested bob-7 False 1
            AttendedTransferred True bob-6 bob-7 alice-5 carol-8
            Unbridged bob-6
            ChannelHungUp bob-6 16
            ChannelHungUp bob-7 16
            PhoneStateChanged bob idle
            HangupRequested alice-5 True 16
            Unbridged alice-5
            HangupRequested alice-5 False 16
            Unbridged carol-8
            ChannelHungUp carol-8 16
            PhoneStateChanged carol idle
            ChannelHungUp alice-5 16
            PhoneStateChanged alice idle
            """,
            id="attended transfer",
        ),
        pytest.param(
            "originate_through_local_channels",
            """
            ChannelSeen 300@swt-0;1 down  300
            ChannelSeen 300@swt-0;2 ring  300
            DialBegun None 300@swt-0;1 None
            ChannelSeen 200@swt-1;1 down  200
            OriginateEnded sw-1 True 4
            ChannelSeen 200@swt-1;2 ring  200
            DialBegun 300@swt-0;2 200@swt-1;1 None
            ChannelStateChanged 200@swt-1;2 up
            ChannelStateChanged 200@swt-1;1 up
            DialEnded 300@swt-0;2 200@swt-1;1 None answered
            ChannelStateChanged 300@swt-0;2 up
            ChannelStateChanged 300@swt-0;1 up
            DialEnded None 300@swt-0;1 None answered
            Bridged 200@swt-1;1
            Bridged 300@swt-0;2
            HangupRequested 300@swt-0;1 False 16
            HangupRequested 300@swt-0;2 True 16
            ChannelHungUp 300@swt-0;1 16
            Unbridged 300@swt-0;2
            HangupRequested 300@swt-0;2 False 16
            ChannelHungUp 300@swt-0;2 16
            Unbridged 200@swt-1;1
            HangupRequested 200@swt-1;2 True 16
            ChannelHungUp 200@swt-1;1 16
            HangupRequested 200@swt-1;2 False 16
            ChannelHungUp 200@swt-1;2 16
            """,
            id="originate through local channels",
        ),
        pytest.param(
            "unregister",
            """
            PhoneStateChanged carol unavailable
            PhoneUnregistered carol Removed
            ShuttingDown False
            """,
            id="unregister",
        ),
    ],
)
def test_a_whole_trace(trace: str, told: str) -> None:
    translator = Translator(lambda: datetime(2000, 1, 1, tzinfo=UTC))
    events = []
    for block in (TRACES / f"{trace}.txt").read_text().split("\n\n"):
        message = unpack(block.replace("\n", "\r\n").encode())
        assert message is not None
        if (event := translator(message)) is not None:
            events.append(event)
    assert [_said(event) for event in events] == [line.strip() for line in told.strip().splitlines()]
    assert not translator.odd
    assert all(event.at.year > 2000 for event in events)  # every time is Asterisk's own


def _said(event: e.Event) -> str:
    """Write an event in one line: what it is, whom it concerns, what about it."""
    values = [getattr(event, name) for name in event.__dataclass_fields__ if name not in LEFT_OUT]
    return " ".join([type(event).__name__, *(_word(value) for value in values)])


def _word(value: object) -> str:
    if isinstance(value, e.ChannelRef):
        return value.name.partition("/")[2].replace("-0000000", "-")
    return str(value.value) if isinstance(value, Enum) and isinstance(value.value, str) else str(value)
