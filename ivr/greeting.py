"""What a caller hears before the tone of a mailbox: its own words or recording, by its hours, or ours.

Owns the choice. Who plays it, and what follows, is not known here.
"""

from __future__ import annotations

from datetime import datetime

from config.calendar import open_state
from config.mailboxes import Greeting, Mailbox
from config.schema import Site
from ivr import phrases
from ivr.conversation import Recorded, Utterance


def greeting(site: Site, mailbox: Mailbox, language: str, now: datetime) -> Utterance:
    """Return what is played; the greeting for closed hours only if there is one and it is time."""
    closed, words = mailbox.closed, None
    if closed is not None and not open_state(site.hours[closed.hours], site.company.timezone, now).open:
        words = _words(site, closed, language)
    return words or _words(site, mailbox.greeting, language) or phrases.phrase(site, "leave_message", language)


def _words(site: Site, chosen: Greeting, language: str) -> Utterance | None:
    if chosen.play is not None:
        return Recorded(chosen.play, language)
    return None if chosen.say is None else phrases.spoken(site, chosen.say, language)
