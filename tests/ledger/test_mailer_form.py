"""What a server's reply means, what a stranger's text becomes, and in which form a mail leaves: all of it pure."""

from __future__ import annotations

import ssl
from email.message import EmailMessage
from email.policy import compat32

import pytest
from aiosmtplib import SMTPServerDisconnected
from hypothesis import given
from hypothesis import strategies as st

from ledger.mail_errors import (
    Accepted,
    Handed,
    Later,
    MailUnfit,
    Refused,
    Step,
    TooLarge,
    read_failure,
    read_reply,
    tidy,
)
from ledger.mail_form import fault_of_address, own_name, written

REPLIES = [
    pytest.param(Step.CONNECT, 421, "too busy", Later, False, id="greeting-421"),
    pytest.param(Step.CONNECT, 554, "no service for you", Later, True, id="greeting-554"),
    pytest.param(Step.HELLO, 502, "what", Later, True, id="hello-502"),
    pytest.param(Step.TLS, 454, "no TLS just now", Later, False, id="tls-454"),
    pytest.param(Step.LOGIN, 454, "temporary authentication failure", Later, False, id="login-454"),
    pytest.param(Step.LOGIN, 535, "5.7.8 wrong", Later, True, id="login-535"),
    pytest.param(Step.LOGIN, 504, "unknown method", Later, True, id="login-504"),
    pytest.param(Step.SENDER, 530, "5.7.0 log in first", Later, True, id="mail-530"),
    pytest.param(Step.SENDER, 451, "4.3.0 trouble", Later, False, id="mail-451"),
    pytest.param(Step.SENDER, 550, "5.7.1 not you", Refused, None, id="mail-550"),
    pytest.param(Step.SENDER, 552, "size", TooLarge, None, id="mail-552"),
    pytest.param(Step.RECIPIENT, 450, "4.2.1 greylisted", Later, False, id="rcpt-450"),
    pytest.param(Step.RECIPIENT, 452, "4.2.2 mailbox full", Later, False, id="rcpt-452"),
    pytest.param(Step.RECIPIENT, 550, "5.1.1 nobody", Refused, None, id="rcpt-550"),
    pytest.param(Step.RECIPIENT, 552, "mailbox full", Refused, None, id="rcpt-552-is-a-full-mailbox"),
    pytest.param(Step.RECIPIENT, 552, "5.2.3 too long for him", TooLarge, None, id="rcpt-552-too-long"),
    pytest.param(Step.MESSAGE, 451, "4.7.1 later", Later, False, id="data-451"),
    pytest.param(Step.MESSAGE, 552, "5.3.4 too big", TooLarge, None, id="data-552"),
    pytest.param(Step.MESSAGE, 552, "5.2.2 over quota", Refused, None, id="data-552-over-quota"),
    pytest.param(Step.MESSAGE, 554, "5.3.4 too big", TooLarge, None, id="data-554-too-big"),
    pytest.param(Step.MESSAGE, 554, "5.7.1 spam", Refused, None, id="data-554"),
    pytest.param(Step.MESSAGE, 200, "well", Later, False, id="data-200-is-not-250"),
    pytest.param(Step.MESSAGE, -1, "garbage", Later, False, id="garbage"),
    pytest.param(Step.MESSAGE, 999, "what", Later, False, id="no-such-code"),
]


@pytest.mark.parametrize(("step", "code", "said", "kind", "admin"), REPLIES)
def test_a_reply_means(step: Step, code: int, said: str, kind: type[Handed], admin: bool | None) -> None:
    handed = read_reply(step, code, said, 5_000)
    assert type(handed) is kind
    assert not isinstance(handed, Accepted)
    assert said in handed.why
    if isinstance(handed, Later):
        assert handed.admin is admin
        assert handed.code == (code if 200 <= code < 600 else None)
    elif isinstance(handed, TooLarge):
        assert handed.limit == 5_000
    elif isinstance(handed, Refused):
        assert handed.code == code


@pytest.mark.parametrize(
    ("error", "step", "words", "admin", "in_doubt"),
    [
        pytest.param(ConnectionRefusedError(111, "Refused"), Step.CONNECT, "Refused", False, False, id="refused"),
        pytest.param(TimeoutError(), Step.HELLO, "nothing came in time", False, False, id="time"),
        pytest.param(SMTPServerDisconnected("lost"), Step.MESSAGE, "was closed", False, True, id="closed-in-data"),
        pytest.param(FileNotFoundError(2, "No such file"), Step.TRUST, "No such file", True, False, id="no-ca-file"),
        pytest.param(ssl.SSLEOFError(8, "EOF"), Step.TLS, "TLS failed", False, False, id="tls-cut"),
        pytest.param(UnicodeError("label too long"), Step.CONNECT, "label too long", True, False, id="host-name"),
    ],
)  # fmt: skip
def test_a_failure_means(error: Exception, step: Step, words: str, admin: bool, in_doubt: bool) -> None:
    later = read_failure(step, error)
    assert words in later.why
    assert (later.code, later.admin, later.in_doubt) == (None, admin, in_doubt)


@given(st.text(max_size=1_000))
def test_a_tidy_text_is_one_short_printable_line(text: str) -> None:
    line = tidy(text)
    assert len(line) <= 300
    assert line.isprintable()


def test_a_tidy_text_hides_what_is_to_be_hidden_before_it_is_cut() -> None:
    assert tidy("x" * 296 + " geheim", ("geheim",)).endswith("***")


@pytest.mark.parametrize(
    ("address", "good"),
    [
        pytest.param("billing@acme.example", True, id="plain"),
        pytest.param("root", True, id="local"),
        pytest.param("žmogus@acme.example", True, id="not-ascii"),
        pytest.param("me@[192.0.2.1]", True, id="literal"),
        pytest.param("", False, id="empty"),
        pytest.param("a@b.example\r\nRCPT TO:<c@d.example>", False, id="line-break"),
        pytest.param("a@b.example\x00", False, id="nul"),
        pytest.param("a@b.example> SIZE=1", False, id="bracket"),
        pytest.param("A B <a@b.example>", False, id="with-name"),
        pytest.param("a,b@c.example", False, id="two"),
        pytest.param("a@b.example\u2028", False, id="line-separator"),
        pytest.param("a\udcff@b.example", False, id="half-a-character"),
        pytest.param("a" * 250 + "@b.example", False, id="too-long"),
    ],
)
def test_an_address_is_one_bare_address(address: str, good: bool) -> None:
    assert (fault_of_address(address) is None) is good


@pytest.mark.parametrize(
    ("host", "address", "name"),
    [
        pytest.param("pbx.acme.example", "192.0.2.7", "pbx.acme.example", id="full-name"),
        pytest.param("pbx", "192.0.2.7", "[192.0.2.7]", id="short-name"),
        pytest.param("localhost.localdomain", "192.0.2.7", "[192.0.2.7]", id="everybody's-name"),
        pytest.param("pbx_1.acme.example", "192.0.2.7", "[192.0.2.7]", id="no-host-name"),
        pytest.param("pbx", "fe80::1%eth0", "[IPv6:fe80::1]", id="v6"),
    ],
)
def test_we_greet_by_a_name_that_is_ours(host: str, address: str, name: str) -> None:
    assert own_name(host, address) == name


def mail(subject: str = "A call") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["Bcc"] = "hidden@acme.example"
    message.set_content("Ačiū\n", cte="8bit")
    return message


def test_a_mail_leaves_without_bcc_and_in_network_lines() -> None:
    done = written(mail(), utf8=False, eight_bit=True)
    assert b"hidden" not in done.wire
    assert done.wire.count(b"\n") == done.wire.count(b"\r\n")
    assert "Ačiū".encode() in done.wire
    assert not done.ascii_only


def test_eight_bits_are_packed_for_a_server_that_takes_seven() -> None:
    done = written(mail("Žinutė"), utf8=False, eight_bit=False)
    assert done.ascii_only
    assert done.wire.isascii()


@given(st.text(alphabet="a.\r\n", max_size=30))
def test_no_text_ends_a_mail_before_its_end(text: str) -> None:
    message = EmailMessage(policy=compat32)
    message.set_payload(text)
    done = written(message, utf8=False, eight_bit=True)
    assert done.wire.endswith(b"\r\n.\r\n")
    *lines, end = done.wire.removesuffix(b"\r\n").split(b"\r\n")
    assert end == b"."
    assert not any(b"\r" in line or b"\n" in line or line == b"." for line in lines)
    undone = b"".join(line.removeprefix(b".") + b"\r\n" for line in lines)
    assert len(undone) == done.size
    # CR alone, LF alone and both are one line's end each; what is between them is as it was
    assert undone.split(b"\r\n", 1)[1].split() == text.encode().split()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("Subject", "A call\nEvil: yes", id="value"),
        pytest.param("Subject", "A call\r\n\r\nEvil body", id="end-of-headers"),
        pytest.param("X-Call\r\nEvil", "yes", id="name"),
        pytest.param("Subject", "A call\rEvil: yes", id="carriage-return"),
    ],
)
def test_no_header_becomes_two(name: str, value: str) -> None:
    old = EmailMessage(policy=compat32)  # the old policy takes anything
    old[name] = value
    old.set_payload("Hello\n")
    with pytest.raises(MailUnfit):
        written(old, utf8=False, eight_bit=True)


def test_no_header_of_a_part_becomes_two() -> None:
    message = mail()
    message.add_attachment(b"RIFF", "audio", "wav")
    (part,) = message.iter_attachments()
    part.policy = compat32
    part["X-Caller"] = "Joe\nContent-Type: text/html"
    with pytest.raises(MailUnfit):
        written(message, utf8=False, eight_bit=True)


def test_what_the_standard_library_cannot_write_is_said() -> None:
    message = mail()
    message.set_payload({"no": "text"})  # type: ignore[call-overload] # that is the mistake
    with pytest.raises(MailUnfit, match="cannot be written"):
        written(message, utf8=False, eight_bit=True)
