"""The mail about a message, as its readers get it: whole, safe, and the same for every try."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import pytest

from tests.voicemail.house import SITE, WORDS
from voicemail.mail import compose, runs
from voicemail.model import Message, TextState
from voicemail.sound.model import MailSound

AT = datetime(2026, 11, 24, 18, 31, tzinfo=UTC)
MESSAGE = Message(
    "a1b2", "billing", "a1b2.wav", AT, AT, 23.4,
    did="+37052000000", ani="+37060000001", ani_name="Ona", language="en", facts={"intent": "invoice"},
    menus=("welcome", "main"), text_state=TextState.DONE, text="please call Maria", words=WORDS, text_by="fake",
)  # fmt: skip
SOUND = MailSound(b"RIFF....", ".wav", "audio/wav")
assert SITE.mail is not None
MAIL = SITE.mail.model_copy(update={"pages": "https://pages.example/"})


def written(
    message: Message = MESSAGE, caller: str = "", sound: MailSound | None = SOUND, why: str = ""
) -> EmailMessage:
    """Compose a mail and read it as its receiver would."""
    mail = compose(
        message, SITE, MAIL, receiver="billing@acme.example", id_="d1", caller=caller, sound=sound, why_no_sound=why
    )
    read = email.message_from_bytes(mail.as_bytes(policy=default.clone(linesep="\r\n")), policy=default)
    assert isinstance(read, EmailMessage)
    return read


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def test_it_says_who_when_where_and_what() -> None:
    mail = written(caller="Ona Kazlauskienė")
    assert mail["Subject"] == "Voicemail from Ona Kazlauskienė for Billing (0:23)"
    assert mail["To"] == "billing@acme.example"
    assert mail["From"] == "Acme voicemail <switchroom@acme.example>"
    for said in (text(mail), html(mail)):
        for part in (
            "Ona Kazlauskienė (+37060000001)", "Tuesday 24 November 2026", "20:31", "Europe/Vilnius", "0:23", "Billing",
            "+37052000000", "intent: invoice", "https://pages.example/voicemail/a1b2",
        ):  # fmt: skip
            assert part in said


def test_doubtful_words_are_marked() -> None:
    mail = written()
    assert "please call [Maria?]" in text(mail)
    assert '<span style="border-bottom:2px dotted #b35c00" title="doubtful">Maria</span>' in html(mail)
    assert [run.doubtful for run in runs(WORDS)] == [False, True]


def test_the_sound_is_attached_under_a_name_of_ours() -> None:
    (attached,) = written().iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("audio/wav", "voicemail-2026-11-24-2031.wav")
    assert attached.get_content() == b"RIFF...."


def test_without_sound_it_says_why() -> None:
    mail = written(sound=None, why="the mail server takes no mail of this size")
    assert list(mail.iter_attachments()) == []
    assert "not attached: the mail server takes no mail of this size" in text(mail)
    assert "not attached: the mail server takes no mail of this size" in html(mail)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text_state": TextState.WAITING}, "not ready when this mail left"),
        ({"text_state": TextState.FAILED, "text_by": "no speech model for lt"}, "no speech model for lt"),
        ({"text_state": TextState.DONE}, "No words were understood"),
        ({"text_state": TextState.OFF}, "Dialled"),
    ],
    ids=["waiting", "failed", "nothing understood", "not wanted"],
)
def test_without_text_it_says_so(change: dict[str, object], said: str) -> None:
    mail = written(replace(MESSAGE, text="", words=(), **change))  # type: ignore[arg-type]
    assert said in text(mail)


@pytest.mark.parametrize(
    "name",
    [
        "Ona\r\nBcc: thief@evil.example", "Ona\nSubject: free", "<script>alert(1)</script>", "\u2028\u0000\u0007",
        "x" * 8_000, 'Ona" <thief@evil.example>', "=?utf-8?q?Bcc:?=", "{{ 7*7 }}",
    ],
    ids=["crlf", "lf", "html", "controls", "8 kB", "quote", "encoded word", "template"],
)  # fmt: skip
def test_a_strangers_name_stays_a_name(name: str) -> None:
    for mail in (written(replace(MESSAGE, ani_name=name)), written(caller=name)):
        assert mail.get_all("To") == ["billing@acme.example"]
        assert mail["Bcc"] is None
        assert len(mail.get_all("Subject") or []) == 1
        assert "<script>" not in html(mail)
        assert "49" not in mail["Subject"]
        assert len(str(mail["Subject"])) < 300


def test_a_withheld_number_is_said_so() -> None:
    mail = written(replace(MESSAGE, ani="", ani_name=""))
    assert mail["Subject"] == "Voicemail from a withheld number for Billing (0:23)"
    assert "tel:" not in html(mail)


def test_every_try_of_a_delivery_has_the_same_id() -> None:
    assert written()["Message-ID"] == written()["Message-ID"] == "<d1@acme.example>"


def test_a_broken_recording_is_said_to_be_one() -> None:
    assert "broken off on our side" in text(written(replace(MESSAGE, partial=True)))
