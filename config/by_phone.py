"""What may be done to the site itself from a phone, and the PINs for it.

Owns names, types and limits, like `config.schema`, whose part it is. What is done then is in the floors above.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.mailboxes import Pin
from config.values import Part


class Right(Part):
    """Whoever knows this PIN may do it, from any phone of ours."""

    pin: Annotated[Pin, Field(repr=False)]


class ByPhone(Part):
    """What can be done by phone; left out, nobody can do it so."""

    #: ``*20``: close the line or a department, and open it again.
    closing: Right | None = None
    #: ``*77``: speak the recordings of menus and greetings into the draft.
    recording: Right | None = None
