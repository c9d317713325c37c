"""Listening for a fax machine on a voice call: how Asterisk is told to, and how it says that it heard one.

Owns this for one channel. Must not know which numbers listen, nor where the fax goes then.

What Asterisk 22.10 does [measured]: within half a second of a machine's tone it ends what we were doing on the channel
as if the caller had hung up (a recording ends, phones stop ringing, a conversation with an agent is over), keeps the
extension that the call came from in FAXEXTEN, and opens a new session under the script `fax` as soon as the old one is
closed. It listens only once.
"""

from __future__ import annotations

from contextlib import suppress

from ivr.agi.errors import AgiError
from ivr.agi.session import AgiSession

#: A machine that calls makes itself heard within this time from the answer, seconds; an agent's voice is no tone.
LISTENS = 30
#: What is set to listen, and where it stands that something was heard.
DETECT, HEARD = "FAXOPT(faxdetect)", "FAXEXTEN"


class FaxTone:
    """The listening on one session's channel. A channel that is gone hears nothing, and is no error."""

    def __init__(self, session: AgiSession) -> None:
        self._session = session
        self._heard: bool | None = None

    async def listen(self) -> None:
        """Begin to listen."""
        with suppress(AgiError):
            await self._session.set_variable(DETECT, f"yes,{LISTENS}")

    async def stop(self) -> None:
        """Listen no more."""
        with suppress(AgiError):
            await self._session.set_variable(DETECT, "no")

    async def heard(self) -> bool:
        """Tell whether what ended our session was not the caller but a fax machine's tone."""
        if self._heard is None:
            self._heard = False
            with suppress(AgiError):
                self._heard = bool(await self._session.get_variable(HEARD))
        return self._heard

    async def forget(self) -> None:
        """Let what was heard be over: in the session of the fax, and for whatever comes after it."""
        with suppress(AgiError):
            await self._session.set_variable(HEARD, "")
