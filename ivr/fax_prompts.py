"""What people hear around a fax: before it, that it may begin; after it, that there was none. Machines hear nothing.

Owns who is told what. Where the fax goes is unknown here.
"""

from __future__ import annotations

from config.schema import Site
from ivr import phrases
from ivr.conversation import CallerGone, Conversation
from ivr.steps import Note, PromptPlayed

#: What the steps of this dialogue call the menu.
MENU = "fax"


async def start_fax(conversation: Conversation, site: Site, language: str, note: Note) -> None:
    """Ask a person who chose to send a fax to start the machine. Raises `CallerGone`."""
    await _say(conversation, site, language, note, "start_fax", "start", interruptible=True)


async def no_fax_machine(conversation: Conversation, site: Site, language: str, note: Note) -> None:
    """Say that we heard a voice and no machine. Raises `CallerGone`."""
    await _say(conversation, site, language, note, "no_fax_machine", "no machine", interruptible=False)


async def _say(
    conversation: Conversation, site: Site, language: str, note: Note, name: str, purpose: str, *, interruptible: bool
) -> None:
    said = phrases.phrase(site, name, language)

    def tell(whole: bool) -> None:
        note(PromptPlayed(said.text, said.language, MENU, purpose, whole))

    try:
        heard = await conversation.play([said], interruptible=interruptible)
        if heard.woken:  # meant for a waiting line that the caller has just left
            heard = await conversation.play([said], interruptible=interruptible)
    except CallerGone:
        tell(whole=False)
        raise
    tell(whole=not heard)
