"""The post: the mails that the demo brings, as a real mail server got them.

Owns waiting for them, reading those of messages, and the judgement over these; those of faxes are in `fax_verdict`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from server.demo.mail_server import CaughtMail, MailCatcher
from server.demo.scenes import Scene
from voicemail.service import Voicemail

#: So long after the last call a mail may take, seconds: the text is waited for at most 40.
DEADLINE = 60.0
#: Words of a sentence that must be understood for the transcript to count as one.
LEAST_UNDERSTOOD = 0.6
#: Which message a mail is about.
_MESSAGE = "X-Switchroom-Message"


@dataclass(frozen=True)
class Mail:
    """One mail, in short; attachments are names of files."""

    to: str
    subject: str
    transcript: str
    attachments: tuple[str, ...]


async def collect(catcher: MailCatcher, wanted: int) -> list[CaughtMail]:
    """Wait for so many mails and return all that came; too few are a matter for the verdict."""
    try:
        return await catcher.count(wanted, DEADLINE)
    except TimeoutError:
        return list(catcher.mails)


async def read(caught: Sequence[CaughtMail], voicemail: Voicemail) -> list[Mail]:
    """Return in short the mails that are about messages."""
    return [await _read(mail, voicemail) for mail in caught if _MESSAGE in mail.message]


def faults(mails: Sequence[Mail], scenes: Sequence[Scene]) -> dict[str, list[str]]:
    """Return by caller what is not as it should be: who spoke is in one mail, who did not is in none."""
    found: dict[str, list[str]] = {}
    for scene in scenes:
        theirs = [mail for mail in mails if scene.name in mail.subject or scene.caller in mail.subject]
        wanted = 1 if scene.says else 0
        said = [] if len(theirs) == wanted else [f"{len(theirs)} mails instead of {wanted}"]
        for mail in theirs:
            if not mail.attachments:
                said.append("the mail has no sound")
            if (share := _understood(scene.says or "", mail.transcript)) < LEAST_UNDERSTOOD:
                said.append(f"only {share:.0%} of the words were understood: {mail.transcript!r}")
        found[scene.caller] = said
    return found


def _understood(said: str, heard: str) -> float:
    """Return the share of different words said that were heard."""
    words, found = (set(re.findall(r"[a-z]+", text.lower())) for text in (said, heard))
    return len(words & found) / len(words) if words else 1.0


async def _read(mail: CaughtMail, voicemail: Voicemail) -> Mail:
    message = await voicemail.get(str(mail.message[_MESSAGE]))
    # What the mail itself does not say nobody has read.
    transcript = message.text if all(word in mail.text for word in message.text.split()) else ""
    return Mail(
        ", ".join(mail.recipients), mail.subject, transcript, tuple(attached.name for attached in mail.attachments)
    )
