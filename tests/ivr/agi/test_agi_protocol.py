"""The text of AGI, byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.agi.errors import LocalProtocolError, RemoteProtocolError
from ivr.agi.fake_pbx import parse_command
from ivr.agi.protocol import (
    MAX_COMMAND_BYTES,
    AgiMachine,
    AgiRequest,
    ConnectionClosed,
    Event,
    HangupNotice,
    Reply,
    State,
    UsageError,
    quote,
)

# As Asterisk 22.10.1 sends it.
HEADER = b"""\
agi_network: yes
agi_network_script: inbound?site=main
agi_request: agi://127.0.0.1:4573/inbound?site=main
agi_channel: PJSIP/trunk-0000002a
agi_language: lt
agi_type: PJSIP
agi_uniqueid: 1763800000.42
agi_version: 22.10.1
agi_callerid: +37060000001
agi_calleridname: Jonas "J" Jonaitis
agi_callingpres: 0
agi_callingani2: 0
agi_callington: 0
agi_callingtns: 0
agi_dnid: 5200
agi_rdnis: unknown
agi_context: from-trunk
agi_extension: 5200
agi_priority: 3
agi_enhanced: 0.0
agi_accountcode: \n\
agi_threadid: 139711234
agi_arg_1: token
agi_arg_2: second

"""
USAGE = (
    b"520-Invalid command syntax.  Proper usage follows:\nUsage: WAIT FOR DIGIT <timeout>\n"
    b"200 result=0\nHANGUP\n520 End of proper usage.\n"
)


def machine(asked: str | None = None, *, header: bytes = HEADER) -> AgiMachine:
    """Return a machine that has had its header, and has asked a command."""
    fresh = AgiMachine()
    fresh.receive_data(header)
    assert isinstance(fresh.next_event(), AgiRequest)
    if asked:
        fresh.command(asked)
    return fresh


def events_of(subject: AgiMachine, *chunks: bytes) -> list[Event | str]:
    """Feed the chunks and list the events; a protocol error ends the list with the word."""
    seen: list[Event | str] = []
    for chunk in chunks:
        subject.receive_data(chunk)
        try:
            while (event := subject.next_event()) is not None:
                seen.append(event)
        except RemoteProtocolError:
            return [*seen, "error"]
    return seen


def request_of(header: bytes) -> AgiRequest:
    (request,) = events_of(AgiMachine(), header)
    assert isinstance(request, AgiRequest)
    return request


# ---- the header


def test_header_becomes_a_request() -> None:
    assert request_of(HEADER) == AgiRequest(
        script="inbound",
        query="site=main",
        channel="PJSIP/trunk-0000002a",
        uniqueid="1763800000.42",
        linkedid=None,
        caller_id="+37060000001",
        caller_name='Jonas "J" Jonaitis',
        withheld=False,
        dnid="5200",
        rdnis=None,
        extension="5200",
        context="from-trunk",
        language="lt",
        accountcode="",
        enhanced=False,
        arguments=("token", "second"),
    )


def test_request_does_not_show_personal_data_or_the_token() -> None:
    shown = repr(request_of(HEADER))
    assert "Jonaitis" not in shown
    assert "60000001" not in shown
    assert "token" not in shown


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        pytest.param(b"+37060000001", b"unknown", "caller_id", None, id="no caller id"),
        pytest.param(b"rdnis: unknown", b"rdnis: 5201", "rdnis", "5201", id="diverted"),
        pytest.param(b"Jonaitis", b"J\xf6nas", "caller_name", 'Jonas "J" J\ufffdnas', id="latin-1 name"),
        pytest.param(b"Jonaitis", b"a: b", "caller_name", 'Jonas "J" a: b', id="colon in a value"),
        pytest.param(b"callingpres: 0", b"callingpres: 35", "withheld", True, id="number withheld"),
        pytest.param(b"callingpres: 0", b"callingpres: 67", "withheld", False, id="number not available"),
        pytest.param(b"callingpres: 0", b"callingpres: x", "withheld", False, id="odd presentation"),
        pytest.param(b"inbound?site=main", b"inbound", "query", "", id="no query"),
        pytest.param(b"agi_version", b"agi_linkedid: 17.1\nagi_version", "linkedid", "17.1", id="linkedid"),
        pytest.param(b"agi_arg_2: second\n", b"", "arguments", ("token",), id="one argument"),
        pytest.param(b"agi_arg_1: token\n", b"", "arguments", (), id="a gap in the arguments"),
        pytest.param(b"enhanced: 0.0", b"enhanced: 1.0", "enhanced", True, id="enhanced"),
    ],
)
def test_header_fields(old: bytes, new: bytes, field: str, value: object) -> None:
    assert getattr(request_of(HEADER.replace(old, new)), field) == value


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b"GET / HTTP/1.1\r\n", id="http"),
        pytest.param(b"\x16\x03\x01", id="tls"),
        pytest.param(b"\n", id="blank line first"),
        pytest.param(b"agi_network: yes\n\n", id="no channel"),
        pytest.param(b"agi_network: yes\nnonsense\n\n", id="line without a colon"),
        pytest.param(b"agi_network: yes\nHANGUP\n\n", id="hangup in the header"),
        pytest.param(b"agi_network: yes\n" + b"agi_a: x\n" * 200 + b"\n", id="many short lines at once"),
        pytest.param(b"agi_a: " + b"x" * 8_200, id="long line, not complete"),
        pytest.param(b"agi_a: " + b"x" * 8_200 + b"\n\n", id="long line"),
        pytest.param(b"agi_a: x\n" * 201, id="many lines"),
        pytest.param((b"agi_a: " + b"x" * 8_000 + b"\n") * 9, id="much in all"),
        pytest.param(HEADER.replace(b"Jonaitis", b"J\nagi_callerid: +37052000000"), id="a line twice, the forged last"),
        pytest.param(HEADER.replace(b"Jonaitis", b"J\nagi_arg_1: other"), id="a line twice, the forged first"),
        pytest.param(HEADER.replace(b"Jonaitis", b"J\nagi_dnid: 5200"), id="a line twice, both alike"),
        pytest.param(HEADER + b"200 result=0\n", id="an answer without a question"),
        pytest.param(HEADER + b"\n", id="a blank line too many"),
    ],
)
def test_what_is_no_agi_is_refused(header: bytes) -> None:
    assert events_of(AgiMachine(), header)[-1] == "error"


# ---- answers


@pytest.mark.parametrize(
    ("line", "code", "result", "data", "endpos"),
    [
        pytest.param(b"200 result=0", 200, 0, "", None, id="plain"),
        pytest.param(b"200 result=-1", 200, -1, "", None, id="minus one"),
        pytest.param(b"200 result=49", 200, 49, "", None, id="key"),
        pytest.param(b"200 result=-1 endpos=0", 200, -1, "", 0, id="no such file"),
        pytest.param(b"200 result=35 endpos=16000", 200, 35, "", 16000, id="cut prompt"),
        pytest.param(b"200 result=0 (timeout) endpos=8000", 200, 0, "timeout", 8000, id="recording"),
        pytest.param(b"200 result=-1 (hangup) endpos=8000", 200, -1, "hangup", 8000, id="hung up recording"),
        pytest.param(b"200 result=1 (hangup)", 200, 1, "hangup", None, id="a variable called hangup"),
        pytest.param(b"200 result=1 ()", 200, 1, "", None, id="empty variable"),
        pytest.param(b"200 result=1 (a (b) c)", 200, 1, "a (b) c", None, id="parentheses"),
        pytest.param(b"200 result=1 (:-()", 200, 1, ":-(", None, id="odd parenthesis"),
        pytest.param(b"200 result=1 (x) endpos=1)", 200, 1, "x) endpos=1", None, id="value like a tail"),
        pytest.param(b"200 result=1 (a\nb)", 200, 1, "a\nb", None, id="two lines"),
        pytest.param(b"200 result=1 (a\n\nHANGUP\nb)", 200, 1, "a\n\nHANGUP\nb", None, id="lines with HANGUP"),
        pytest.param(b"200 result=1 (\n200 result=0\n)", 200, 1, "\n200 result=0\n", None, id="like an answer"),
        pytest.param("200 result=1 (ąžuolas)".encode(), 200, 1, "ąžuolas", None, id="utf-8"),
        pytest.param(b"200 result=1 (\xe0)", 200, 1, "\ufffd", None, id="latin-1"),
        pytest.param(b"200 result=0012", 200, "0012", "", None, id="digits with leading zeros"),
        pytest.param(b"200 result=*7#", 200, "*7#", "", None, id="digits with star"),
        pytest.param(b"200 result= (timeout)", 200, "", "timeout", None, id="no digits"),
        pytest.param(b"200 result=" + b"9" * 40, 200, "9" * 40, "", None, id="too long for a number"),
        pytest.param(b"510 Invalid or unknown command", 510, "", "Invalid or unknown command", None, id="510"),
        pytest.param(b"511 Command Not Permitted", 511, "", "Command Not Permitted", None, id="511"),
        pytest.param(b"503 result=-2 Memory allocation failure", 503, -2, "", None, id="503"),
    ],
)
def test_answers(line: bytes, code: int, result: int | str, data: str, endpos: int | None) -> None:
    subject = machine("NOOP")
    assert events_of(subject, line + b"\n") == [Reply(code, result, data, endpos, line)]
    assert subject.state is State.IDLE


def test_usage_is_one_answer() -> None:
    subject = machine("NOOP")
    (event,) = events_of(subject, USAGE)
    assert isinstance(event, UsageError)
    assert "WAIT FOR DIGIT" in event.text
    assert subject.state is State.IDLE


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b"520 Invalid command syntax.  Proper usage not available.\n", id="one line"),
        pytest.param(b"520-Invalid\nUsage520 End of proper usage.\n", id="end behind the text"),
        pytest.param(b"520-Invalid\n520 End of proper usage.\n", id="no text"),
    ],
)
def test_other_usage_forms(block: bytes) -> None:
    assert [type(event) for event in events_of(machine("NOOP"), block)] == [UsageError]


def test_hangup_is_never_an_answer() -> None:
    subject = machine("WAIT FOR DIGIT")
    assert events_of(subject, b"HANGUP\n") == [HangupNotice()]
    assert subject.state is State.BUSY
    assert events_of(subject, b"200 result=-1\nHANGUP\nHANGUP\n")[1:] == [HangupNotice(), HangupNotice()]
    assert subject.command("NOOP")


def test_application_that_returns_1_is_answered_twice() -> None:
    subject = machine("EXEC")
    assert [type(event) for event in events_of(subject, b"200 result=1\n")] == [Reply]
    subject.command("GET VARIABLE", "X")
    assert events_of(subject, USAGE + b"200 result=1 (x)\n") == [
        Reply(200, 1, "x", None, b"200 result=1 (x)"),
    ]


def test_usage_of_the_next_command_is_told_apart() -> None:
    subject = machine("EXEC")
    events_of(subject, b"200 result=1\n" + USAGE)
    subject.command("WAIT FOR DIGIT", "x")
    assert [type(event) for event in events_of(subject, USAGE)] == [UsageError]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"nonsense\n", id="words"),
        pytest.param(b"\n", id="blank"),
        pytest.param(b"20\n", id="short"),
        pytest.param(b"200\n", id="code only"),
        pytest.param(b"200-result=0\n", id="dash"),
        pytest.param(b"hangup\n", id="small letters"),
        pytest.param(b"200 result=0 endpos=x\n", id="end position"),
        pytest.param(b"x" * 70_000, id="long"),
        pytest.param(b"200 result=1 (" + b"x\n" * 40_000, id="long value"),
        pytest.param(b"200 result=0\n200 result=0\n", id="two answers"),
    ],
)
def test_what_is_no_answer_is_refused_for_good(line: bytes) -> None:
    subject = machine("NOOP")
    assert events_of(subject, line)[-1] == "error"
    assert subject.state is State.FAILED
    assert events_of(subject, b"200 result=0\n") == ["error"]
    with pytest.raises(LocalProtocolError):
        subject.command("NOOP")


@pytest.mark.parametrize(
    ("before", "cut"),
    [
        pytest.param(b"", False, id="idle"),
        pytest.param(b"200 res", True, id="half an answer"),
    ],
)
def test_end_of_the_connection(before: bytes, cut: bool) -> None:
    subject = machine()
    subject.receive_data(before)
    assert subject.receive_eof() == ConnectionClosed(cut=cut)
    assert subject.state is State.CLOSED


# ---- our commands


def test_one_command_at_a_time() -> None:
    subject = machine("NOOP")
    with pytest.raises(LocalProtocolError, match="while busy"):
        subject.command("NOOP")
    events_of(subject, b"200 result=0\n")
    assert subject.command("NOOP") == b"NOOP\n"


def test_no_command_before_the_header() -> None:
    with pytest.raises(LocalProtocolError, match="while header"):
        AgiMachine().command("ANSWER")


def test_every_argument_is_quoted() -> None:
    sent = machine().command("SET VARIABLE", "X", 'a "b" \\ c', 5)
    assert sent == b'SET VARIABLE "X" "a \\"b\\" \\\\ c" "5"\n'


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        pytest.param("SET VARIABLE", ("X", "a\nHANGUP"), id="line feed"),
        pytest.param("SET VARIABLE", ("X", "a\rb"), id="carriage return"),
        pytest.param("SET VARIABLE", ("X", "a\0b"), id="nul"),
        pytest.param("SET VARIABLE", ("X", "\udc80"), id="surrogate"),
        pytest.param("SET VARIABLE", ("X", "x" * 8_190), id="too long"),
        pytest.param("SET VARIABLE", ("X", "ž" * 4_090), id="too long in bytes"),
        pytest.param("NOOP", ("x",) * 127, id="too many"),
        pytest.param("NOOP\nHANGUP", (), id="line break in the verb"),
        pytest.param("noop", (), id="small letters"),
        pytest.param("", (), id="no verb"),
    ],
)
def test_what_asterisk_could_not_read_is_not_sent(verb: str, args: tuple[str, ...]) -> None:
    subject = machine()
    with pytest.raises(LocalProtocolError):
        subject.command(verb, *args)
    assert subject.state is State.IDLE


def test_longest_command_fits_asterisks_buffer() -> None:
    room = MAX_COMMAND_BYTES - len(b'NOOP ""\n')
    assert len(machine().command("NOOP", "x" * room)) == MAX_COMMAND_BYTES
    with pytest.raises(LocalProtocolError):
        machine().command("NOOP", "x" * (room + 1))


@given(st.lists(st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), max_size=40)))
def test_asterisk_reads_back_what_we_quote(args: list[str]) -> None:
    line = " ".join(["NOOP", *map(quote, args)]) + "\n"
    assert parse_command(line.encode()) == ("NOOP", *args)


# ---- properties

STREAMS = [
    HEADER + b"HANGUP\n",
    HEADER + b"HANGUP\nHANGUP\n200 result=0\n",
    HEADER.replace(b"Jonaitis", "Žemaitis".encode()),
    HEADER[:100],
    b"agi_a: x\n" * 210,
    b"GET / HTTP/1.1\r\n\r\n",
]
ANSWERS = [
    "HANGUP\n200 result=1 (ąžuolas\nHANGUP\n(x) y)\nHANGUP\n".encode(),
    USAGE + b"HANGUP\n",
    b"200 result=-1 (hangup) endpos=17\nHANGUP\n",
    b"200 result=1\n" + USAGE + b"HANGUP\n",
    b"200 result=1 (never closed\n",
    b"HANGUP\n200 result=0\n200 result=0\n",
]


def chunks(data: bytes, cuts: list[int]) -> list[bytes]:
    points = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in zip([0, *points], [*points, len(data)], strict=True)]


@given(st.sampled_from(STREAMS), st.lists(st.integers(0, 5_000), max_size=30))
def test_any_split_of_a_header_gives_the_same_events(data: bytes, cuts: list[int]) -> None:
    assert events_of(AgiMachine(), *chunks(data, cuts)) == events_of(AgiMachine(), data)


@given(st.sampled_from(ANSWERS), st.lists(st.integers(0, 5_000), max_size=30))
def test_any_split_of_an_answer_gives_the_same_events(data: bytes, cuts: list[int]) -> None:
    assert events_of(machine("EXEC"), *chunks(data, cuts)) == events_of(machine("EXEC"), data)


@pytest.mark.parametrize("data", ANSWERS, ids=range(len(ANSWERS)))
def test_byte_by_byte(data: bytes) -> None:
    single = [bytes([byte]) for byte in data]
    assert events_of(machine("EXEC"), *single) == events_of(machine("EXEC"), data)


AGI_WORDS = st.sampled_from(
    [b"200 result=", b"1", b" (", b")", b"\n", b" endpos=", b"520-", b"520 End of proper usage.", b"HANGUP", b"-"]
)


@given(st.lists(st.binary(max_size=60) | AGI_WORDS, max_size=40), st.booleans())
def test_garbage_is_only_ever_a_protocol_error(pieces: list[bytes], with_header: bool) -> None:
    subject = machine("EXEC") if with_header else AgiMachine()
    whole = machine("EXEC") if with_header else AgiMachine()
    assert events_of(subject, *pieces) == events_of(whole, b"".join(pieces))
