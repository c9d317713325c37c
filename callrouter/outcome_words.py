"""How a call ended, in a word or two for a list, and whether that is good, bad or neither. Wording only."""

from __future__ import annotations

from collections.abc import Mapping

from callrouter.events import Outcome

#: The words, and the tone in which they are shown.
OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.ANSWERED: ("Answered", "good"),
    Outcome.ABANDONED: ("Gave up", "bad"),
    Outcome.VOICEMAIL: ("Voicemail", "calm"),
    Outcome.FAX: ("Fax", "calm"),
    Outcome.CLOSED: ("Closed", "calm"),
    Outcome.UNSERVED: ("Not served", "bad"),
    Outcome.UNKNOWN_NUMBER: ("Unknown number", "calm"),
    Outcome.FAILED: ("Failed", "bad"),
}
