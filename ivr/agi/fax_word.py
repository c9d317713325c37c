"""The word that Asterisk keeps of a fax whose end nobody of ours sees, because our process was killed meanwhile.

Owns that it is left: by a hangup handler of our dialplan, as long as nobody takes it back. Must not know who asks for
it, nor what became of the fax.

What Asterisk 22.10 does [measured]: ReceiveFAX and SendFAX run on to their end when our connection is gone, and a
hangup handler still sees their variables.
"""

from __future__ import annotations

import re

from ivr.agi.session import AgiSession

#: A name under which a word is kept.
NAME = re.compile(r"[a-zA-Z0-9-]{1,80}")

_HANDLER = "switchroom-fax-end,s,1"
_PUSH, _POP = "CHANNEL(hangup_handler_push)", "CHANNEL(hangup_handler_pop)"
_FAX, _BEGAN, _NOW = "SWITCHROOM_FAX", "SWITCHROOM_FAX_BEGAN", "EPOCH"


async def leave(session: AgiSession, name: str) -> bool:
    """Have Asterisk keep what becomes of the fax that begins now; return False if nothing is kept under such a name.

    Raises HungUp if the connection is gone.
    """
    if NAME.fullmatch(name) is None:
        return False
    # By Asterisk's clock, which is asked again at the end.
    await session.set_variable(_BEGAN, await session.get_variable(_NOW) or "")
    await session.set_variable(_FAX, name)
    await session.set_variable(_PUSH, _HANDLER)
    return True


async def take_back(session: AgiSession) -> None:
    """Have it not kept after all: we know ourselves what became of the fax. Raises HungUp if the connection is gone."""
    await session.set_variable(_POP, "")
    await session.set_variable(_FAX, "")
