"""What may reach Asterisk's configuration, and what may not."""

import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.errors import BadPlan
from pbx.plan import Phone, Ports, free_ports, is_free
from tests.pbx.pbx_fakes import make_plan


def phone(**changes: Any) -> Phone:  # Any: whatever field a test wants to change
    return Phone(**{"name": "alice", "extension": "101", "secret": "long-enough", **changes})


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"name": ""}, id="no name"),
        pytest.param({"name": "Alice"}, id="capital"),
        pytest.param({"name": "a" * 33}, id="long name"),
        pytest.param({"name": "alice\n"}, id="line feed after the name"),
        pytest.param({"name": "trunk"}, id="name of ours"),
        pytest.param({"name": "global"}, id="name of Asterisk's"),
        pytest.param({"extension": "10x"}, id="letter in extension"),
        pytest.param({"extension": "١٢"}, id="foreign digits"),
        pytest.param({"secret": "short"}, id="short secret"),
        pytest.param({"secret": "with;comment"}, id="secret with comment"),
        pytest.param({"secret": "two\nlines-of-it"}, id="secret with line feed"),
        pytest.param({"display_name": "Eve\n[admin]"}, id="new section"),
        pytest.param({"display_name": "Eve\rX"}, id="carriage return"),
        pytest.param({"display_name": "Eve ; comment"}, id="comment"),
        pytest.param({"display_name": 'Eve" <911>'}, id="quote"),
        pytest.param({"display_name": "Eve\\"}, id="backslash"),
        pytest.param({"display_name": "Eve\x00"}, id="nul"),
        pytest.param({"display_name": "Eve\u2028X"}, id="line separator"),
        pytest.param({"display_name": "E" * 81}, id="long display name"),
        pytest.param({"language": "en us"}, id="language with blank"),
        pytest.param({"language": "../../etc"}, id="language with path"),
    ],
)
def test_a_phone_refuses_what_would_break_a_file(changes: dict[str, str]) -> None:
    with pytest.raises(BadPlan):
        phone(**changes)


def test_an_error_never_shows_a_secret() -> None:
    with pytest.raises(BadPlan) as caught:
        phone(secret="my;pass;word")
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize("name", ["Alice Doe", "Jonė Žukaitė", "O'Brien (sales)", "ООО «Ромашка»", "田中", ""])
def test_names_of_people_pass(name: str) -> None:
    assert phone(display_name=name).display_name == name


@given(st.text(max_size=90))
def test_a_display_name_is_refused_or_stays_on_its_line(text: str) -> None:
    try:
        name = phone(display_name=text).display_name
    except BadPlan:
        return
    assert not set(name) & set('\r\n\0;[]"\\<>')
    assert name.splitlines() in ([name], [])


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"phones": (phone(), phone(extension="102"))}, id="same name twice"),
        pytest.param({"phones": (phone(), phone(name="bob"))}, id="same extension twice"),
        pytest.param({"emergency_phones": ("nobody",)}, id="unknown emergency phone"),
        pytest.param({"trunk_address": "127.0.0.1"}, id="trunk on our own address"),
        pytest.param({"trunk_address": "host\nmatch=0.0.0.0/0"}, id="trunk with line feed"),
        pytest.param({"trunk_address": "0.0.0.0/0"}, id="trunk is everybody"),
        pytest.param({"bind_address": "example"}, id="bind to a name"),
        pytest.param({"agi_token": "a,b,c,d,e,f"}, id="token with commas"),
        pytest.param({"agi_port": 0}, id="no port"),
        pytest.param({"attendants_at_once": -1}, id="fewer than no attendants"),
        pytest.param({"attendant_command": Path("relative")}, id="relative program"),
        pytest.param({"attendant_command": Path("/bin/a,b")}, id="program with comma"),
        pytest.param({"attendant_command": Path("/bin/${SHELL(x)}")}, id="program with variable"),
        pytest.param({"music_folder": Path("/music;old")}, id="music with comment"),
    ],
)
def test_a_plan_refuses_what_cannot_be(changes: dict[str, Any]) -> None:
    with pytest.raises(BadPlan):
        make_plan(**changes)


@pytest.mark.parametrize("numbers", [(0, 1, 10, 20), (1, 65536, 10, 20), (1, 2, 20, 10), (1, 2, 10, 11)])
def test_ports_are_ports(numbers: tuple[int, int, int, int]) -> None:
    with pytest.raises(BadPlan):
        Ports(*numbers)


def test_free_ports_can_be_bound_and_do_not_overlap() -> None:
    ports = free_ports(rtp_ports=100)
    assert is_free("127.0.0.1", ports.sip, socket.SOCK_DGRAM)
    assert is_free("127.0.0.1", ports.ami, socket.SOCK_STREAM)
    assert ports.rtp_high - ports.rtp_low == 99
    assert ports.rtp_low % 2 == 0
    assert not {ports.sip, ports.ami} & set(range(ports.rtp_low, ports.rtp_high + 1))


def test_no_free_port_is_one_that_the_system_may_give_somebody_else_meanwhile() -> None:
    chosen = [free_ports(rtp_ports=4) for _ in range(20)]
    assert all(max(ports.sip, ports.ami, ports.rtp_high) < 32_768 for ports in chosen)
    assert len({ports.sip for ports in chosen}) > 10, "two who look at the same time hardly find the same"


def test_a_taken_port_is_not_free() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        assert not is_free("127.0.0.1", taken.getsockname()[1], socket.SOCK_DGRAM)
