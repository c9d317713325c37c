"""What came of a fax, for whoever goes on with the call: a machine always leaves a trace, a voice none.

Owns this distinction; what follows from it is decided where the call is.
"""

from __future__ import annotations

from enum import Enum, auto

from ivr.agi.fax import NO_MODEM, NO_ROOM
from ivr.conversation import FaxTaken, Recording

#: So much of a recording is the tone of the machine that ended it, and less than a second before that is nothing said;
#: seconds.
TONE, NOTHING_SAID = 0.5, 1.0


class Came(Enum):
    """What came of it."""

    #: Pages, all of them or some.
    PAGES = auto()
    #: A machine was there, but no page came through.
    NOTHING = auto()
    #: We could take no fax: no room, or no modem.
    REFUSED = auto()
    #: No sign of a machine: a person, or a machine that hung up before it had said anything.
    VOICE = auto()


def came(fax: FaxTaken, *, heard: bool = False) -> Came:
    """Tell what came of a fax; `heard` says that a machine was heard before.

    The rate is no sign of one: Asterisk 22.10 tells the highest, of a voice too [measured].
    """
    if fax.pages:
        return Came.PAGES
    if fax.why in (NO_ROOM, NO_MODEM):
        return Came.REFUSED
    known = heard or fax.station or fax.t38 or fax.resolution != (0, 0)
    return Came.NOTHING if known else Came.VOICE


def is_only_tone(recording: Recording | None) -> bool:
    """Tell of a recording that a fax machine ended whether anything was said before."""
    return recording is None or recording.seconds < TONE + NOTHING_SAID
