"""Who a mail is from, what the receiving server found, and whether anybody is there to be answered."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fax.by_mail.errors import Unwelcome
from fax.by_mail.header import decoded, read_head
from fax.by_mail.model import Head
from fax.by_mail.screen import box_for

SENDERS = {"@Acme.example": "office", "boss@acme.example": "board", "bob@partner.example": "sales"}


def head(*lines: str) -> Head:
    return read_head("\r\n".join((*lines, "", "")).encode())


FROM = {
    "alice@acme.example": "alice@acme.example",
    "Alice <Alice@ACME.example>": "alice@acme.example",
    '"Doe, Alice <x@y.example>" <alice@acme.example>': "alice@acme.example",
    "=?utf-8?q?Al=C3=AD=C4=8Dia?= <alice@acme.example>": "alice@acme.example",
    "alice@acme.example (Alice, at work)": "alice@acme.example",
    "Alice Doe\r\n <alice@acme.example>": "alice@acme.example",
    # ---- not one address that can be read in one way only
    "": "",
    "Alice": "",
    "alice@acme.example, mallory@evil.example": "",
    "alice@acme.example <mallory@evil.example>": "",
    "mallory@evil.example <alice@acme.example>": "",
    "<mallory@evil.example> <alice@acme.example>": "",
    "mallory@evil.example\t,<alice@acme.example>": "",
    "friends: alice@acme.example;": "",
    "alice@acme.example@evil.example": "",
    '"alice@acme.example" mallory@evil.example': "mallory@evil.example",
    "alice@[127.0.0.1]": "",
    "<alice@acme.example": "",
    "<@evil.example:alice@acme.example>": "",
}


@pytest.mark.parametrize("written", FROM)
def test_the_one_address_of_from(written: str) -> None:
    assert head(f"From: {written}").sender == FROM[written]


def test_two_froms_are_none() -> None:
    assert head("From: alice@acme.example", "From: mallory@evil.example").sender == ""


RESULTS = {
    "nothing said": ([], ""),
    "all passed": (["mx.acme.example; dmarc=pass header.from=acme.example; spf=pass"], ""),
    "dmarc failed": (["mx.acme.example 1; spf=pass; dmarc=fail (p=none) header.from=acme.example"], "dmarc"),
    "spf failed": (["mx.acme.example; spf=fail smtp.mailfrom=acme.example"], "spf"),
    "passed on by others": (["mx.acme.example; spf=fail; dkim=pass; dmarc=pass"], ""),
    "soft": (["mx.acme.example; spf=softfail; dmarc=none"], ""),
    "in a comment": (["mx.acme.example; spf=pass (was: ; dmarc=fail); dmarc=pass"], ""),
    "without a name": (["spf=fail (sender IP is 192.0.2.1); dkim=none; dmarc=fail action=none"], "dmarc"),
    "a line each": (["mx.acme.example; spf=pass", "mx.acme.example; dmarc=fail"], "dmarc"),
    "another's, below": (["mx.acme.example; dmarc=pass", "evil.example; dmarc=fail"], ""),
    "capitals, a version": (["mx.acme.example; DMARC/1 = FAIL"], "dmarc"),
}  # fmt: skip


@pytest.mark.parametrize(("said", "fails"), RESULTS.values(), ids=RESULTS)
def test_what_the_receiving_server_found(said: list[str], fails: str) -> None:
    assert head("From: a@acme.example", *(f"Authentication-Results: {one}" for one in said)).fails == fails


BOXES = {
    "a domain": (["From: alice@acme.example"], "office"),
    "an address before its domain": (["From: Boss <BOSS@acme.example>"], "board"),
    "an address": (["From: bob@partner.example"], "sales"),
    "its secretary": (["From: boss@acme.example", "Sender: alice@acme.example"], "board"),
    "itself twice": (["From: bob@partner.example", "Sender: Bob <bob@partner.example>"], "sales"),
    "sent by a service": (["From: bob@partner.example", "Return-Path: <bounce-7@service.example>"], "sales"),
}
UNWELCOME = {
    "another of the domain": (["From: eve@partner.example"], "not among those"),
    "a domain below": (["From: a@sub.acme.example"], "not among those"),
    "a domain that ends alike": (["From: a@notacme.example"], "not among those"),
    "nobody": ([], "not from one address"),
    "on behalf, by a stranger": (["From: boss@acme.example", "Sender: eve@evil.example"], "may not send wrote it"),
    "on behalf, unreadable": (["From: boss@acme.example", "Sender: a@acme.example, b@x.example"], "may not send wrote"),
    "forged": (["From: boss@acme.example", "Authentication-Results: mx; dmarc=fail"], "may be forged"),
    "out of office": (["From: boss@acme.example", "Auto-Submitted: auto-replied; x=y"], "reply of a machine"),
    "a bounce": (["From: boss@acme.example", "Content-Type: multipart/report; boundary=x"], "reply of a machine"),
}


@pytest.mark.parametrize(("lines", "box"), BOXES.values(), ids=BOXES)
def test_who_may_send_and_from_where(lines: list[str], box: str) -> None:
    assert box_for(head(*lines), SENDERS) == box


@pytest.mark.parametrize(("lines", "why"), UNWELCOME.values(), ids=UNWELCOME)
def test_who_may_not(lines: list[str], why: str) -> None:
    with pytest.raises(Unwelcome, match=why):
        box_for(head(*lines), SENDERS)


ANSWERED = {
    "a person": ([], True),
    "said to be one": (["Auto-Submitted: no"], True),
    "a program": (["Auto-Submitted: auto-generated"], False),
    "no receipts": (["X-Auto-Response-Suppress: DR, RN"], True),
    "no answers": (["X-Auto-Response-Suppress: OOF, AutoReply"], False),
    "junk": (["Precedence: Junk"], False),
    "a list": (["List-Unsubscribe: <mailto:x@y.example>"], False),
    "no way back": (["Return-Path: < >"], False),
}


@pytest.mark.parametrize(("lines", "may"), ANSWERED.values(), ids=ANSWERED)
def test_who_is_answered(lines: list[str], may: bool) -> None:
    assert head("From: alice@acme.example", *lines).may_answer is may


def test_nobody_answers_noreply() -> None:
    assert not head("From: noreply@acme.example").may_answer


SUBJECTS = {
    "=?utf-8?b?KzM3MCA1IDIxMSAwMDAwOiBTxIVza2FpdGE=?=": "+370 5 211 0000: Sąskaita",
    "=?utf-8?q?+370_5?= =?utf-8?q?_211_0000?=": "+370 5 211 0000",
    "+370 5 211 0000\r\n Offer": "+370 5 211 0000 Offer",
    "raw ü": "raw ü",
    "=?x-none?b?AAAA?=": "=?x-none?b?AAAA?=",
    "=?utf-8?b?A?=": "=?utf-8?b?A?=",
    "=?utf-7?q?+2AA-?= hello": "\ufffd hello",
    "=?utf-8?q?a=00b?=": "a\ufffdb",
}


@pytest.mark.parametrize("written", SUBJECTS)
def test_subjects_are_decoded(written: str) -> None:
    assert head(f"Subject: {written}").subject == SUBJECTS[written]


def test_a_mail_without_an_id_has_a_digest_of_its_own() -> None:
    one, other = head("From: a@acme.example"), head("From: b@acme.example")
    assert not one.message_id.startswith("<")
    assert one.message_id != other.message_id
    assert one.message_id == head("From: a@acme.example").message_id
    assert head("Message-ID: <1@x.example>").message_id == "<1@x.example>"
    for unclear in (["Message-ID: <1@x.example>", "Message-ID: <2@x.example>"], ["Message-ID: <a b>"]):
        assert not head(*unclear).message_id.startswith("<")


@given(st.binary(max_size=400))
def test_any_bytes_are_read(header: bytes) -> None:
    assert read_head(header).sender == read_head(header).sender.lower()


@pytest.mark.parametrize("piece", ["=?a?q?", '"', "(", "<", "a@", "=?utf-8?q?=?=", "\\"])
def test_hostile_repetition_costs_little(piece: str) -> None:
    text = piece * (64_000 // len(piece))
    began = time.process_time()
    decoded(text[:4_000])
    head(f"From: {text}", f"Subject: {text}", f"Authentication-Results: {text}", f"Message-ID: {text}")
    assert time.process_time() - began < 2
