from __future__ import annotations

from typing import Any

import pytest

from callrouter.ami.errors import UnsafeValue
from callrouter.ami.requests import DialplanPlace, Lamp, OriginateRequest, check_channel

PLACE = DialplanPlace("switchroom-originate", "callback1")


@pytest.mark.parametrize(
    "channel",
    ["PJSIP/101-0000002a", "Local/s@entry-00000001;1", "1700000000.42", "sw-1", "PJSIP/alice.doe-00000001"],
)
def test_channels(channel: str) -> None:
    assert check_channel(channel) == channel


@pytest.mark.parametrize(
    "channel",
    [
        pytest.param("/PJSIP.*/", id="a pattern ends every call"),
        pytest.param("", id="nothing"),
        pytest.param("PJSIP/101\r\nAction: Logoff", id="line end"),
        pytest.param("PJSIP/101-0000002a ", id="blank"),
        pytest.param("PJSIP/1&PJSIP/2", id="two"),
        pytest.param("x" * 101, id="long"),
    ],
)
def test_not_channels(channel: str) -> None:
    with pytest.raises(UnsafeValue):
        check_channel(channel)


@pytest.mark.parametrize(
    "place",
    [("a b", "1", 1), ("", "1", 1), ("ctx", "1,2", 1), ("ctx", "${EXTEN}", 1), ("ctx", "1", 0)],
    ids=["blank", "no context", "comma", "expression", "priority"],
)
def test_not_places(place: tuple[str, str, int]) -> None:
    with pytest.raises(UnsafeValue):
        DialplanPlace(*place)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"destination": "PJSIP/1&PJSIP/0900@trunk"}, id="two destinations"),
        pytest.param({"destination": "Local/1@ctx"}, id="Local without a second id"),
        pytest.param({"destination": "DAHDI/1"}, id="another technology"),
        pytest.param({"channel_id": "a b"}, id="id"),
        pytest.param({"other_channel_id": "a\n"}, id="other id"),
        pytest.param({"ring_seconds": 0}, id="no time"),
        pytest.param({"caller_number": "5550>"}, id="caller"),
        pytest.param({"variables": (("A", "1,B=2"),)}, id="a comma smuggles a variable"),
        pytest.param({"variables": (("SHELL(id)", "1"),)}, id="a function"),
        pytest.param({"variables": (("A", '"'),)}, id="a quote"),
    ],
)
def test_not_requests(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {"channel_id": "sw-1", "destination": "PJSIP/101", "place": PLACE}
    OriginateRequest(**right)
    with pytest.raises(UnsafeValue):
        OriginateRequest(**{**right, **wrong})


def test_a_caller_name_cannot_end_itself() -> None:
    request = OriginateRequest("sw-1", "PJSIP/101", PLACE, caller_number="5550", caller_name='Olga" <900>\r\n')
    assert request.shown_caller == '"Olga 900" <5550>'


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(("alice&bob", 1, 0), id="two phones"),
        pytest.param(("alice:9", 1, 0), id="a count in the name"),
        pytest.param(("", 1, 0), id="nobody"),
        pytest.param(("Alice", 1, 0), id="no name of ours"),
        pytest.param(("alice", -1, 0), id="fewer than none"),
        pytest.param(("alice", 0, 10_000), id="more than fit"),
    ],
)
def test_not_lamps(wrong: tuple[str, int, int]) -> None:
    with pytest.raises(UnsafeValue):
        Lamp(*wrong)
