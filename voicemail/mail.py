"""The mail about a message: what the people of a mailbox read, as text and as HTML.

Owns wording and form. Pure: sound, names and addresses are given; sending is the ledger's matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any

import jinja2

from config.mailboxes import MailServer
from config.schema import Site
from voicemail.model import Message, TextState
from voicemail.sound.model import MailSound
from voicemail.transcription.model import Word

#: A word of which the engine is less sure than this is marked as doubtful.
DOUBTFUL = 0.6
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Run:
    """Words of a transcript that are equally sure."""

    text: str
    doubtful: bool


def compose(
    message: Message,
    site: Site,
    mail: MailServer,
    *,
    receiver: str,
    id_: str,
    caller: str = "",
    sound: MailSound | None = None,
    why_no_sound: str = "",
) -> EmailMessage:
    """Write the mail to one receiver. `caller` is the customer's name, `id_` the same for every try of one delivery.

    The Message-ID is made of `id_`: a server that got the mail of a try whose end we did not see can tell the second.
    """
    mailbox = site.mailbox(message.mailbox).name or message.mailbox or "nobody's mailbox"
    who = _line(caller or message.ani_name)
    number = message.ani or "a withheld number"
    length = clock(message.seconds)
    at = message.taken_at.astimezone(site.company.zone)
    about: dict[str, Any] = {
        "company": site.company.name,
        "mailbox": mailbox,
        "caller": f"{who} ({number})" if who else number,
        "number": message.ani,
        "length": length,
        "day": f"{at:%A} {at.day} {at:%B %Y}",
        "time": f"{at:%H:%M}",
        "zone": site.company.timezone,
        "dialled": message.did,
        "chosen": [f"{name}: {value}" for name, value in message.facts.items()],
        "menus": list(message.menus),
        "partial": message.partial,
        "runs": runs(message.words) if message.words else [Run(message.text, False)] if message.text else [],
        "no_text": why_no_text(message),
        "has_sound": sound is not None,
        "why_no_sound": why_no_sound,
        "link": f"{mail.pages.rstrip('/')}/voicemail/{message.id}" if mail.pages else "",
    }
    written = EmailMessage()
    written["Subject"] = _line(f"Voicemail from {who or number} for {mailbox} ({length})")
    written["From"] = formataddr((_line(f"{site.company.name} voicemail"), mail.sender))
    written["To"] = receiver
    written["Date"] = format_datetime(at)
    written["Message-ID"] = f"<{id_}@{mail.sender.rpartition('@')[2]}>"
    written["Auto-Submitted"] = "auto-generated"
    written["X-Switchroom-Message"] = message.id
    written.set_content(_environment.get_template("mail.txt").render(about))
    written.add_alternative(_environment.get_template("mail.html").render(about), subtype="html")
    if sound is not None:
        name = f"voicemail-{at:%Y-%m-%d-%H%M}{sound.suffix}"
        kind, _, subkind = sound.mime.partition("/")
        written.add_attachment(sound.content, maintype=kind, subtype=subkind, filename=name)
    return written


def runs(words: Sequence[Word]) -> list[Run]:
    """Join neighbouring words that are equally sure.

    >>> runs((Word("call", 0, 1, 0.9), Word("me", 1, 2, 0.8), Word("Maria", 2, 3, 0.3)))
    [Run(text='call me', doubtful=False), Run(text='Maria', doubtful=True)]
    """
    joined: list[Run] = []
    for word in words:
        doubtful = word.confidence < DOUBTFUL
        if joined and joined[-1].doubtful is doubtful:
            joined[-1] = Run(f"{joined[-1].text} {word.text}", doubtful)
        else:
            joined.append(Run(word.text, doubtful))
    return joined


def why_no_text(message: Message) -> str:
    """Say why there is no transcript; '' when there is one, or none is wanted."""
    match message.text_state:
        case TextState.WAITING:
            return "The text was not ready when this mail left; it will be on the page."
        case TextState.FAILED:
            return f"There is no text: {message.text_by}."
        case TextState.DONE if not message.text:
            return "No words were understood."
        case _:
            return ""


def clock(seconds: float) -> str:
    """Write a length as people read it: 0:07, 12:34."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02}"


def _line(text: str) -> str:
    """Keep what belongs into one line of a header: a caller's name may hold anything."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_TEMPLATES),
    autoescape=jinja2.select_autoescape(["html"]),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
