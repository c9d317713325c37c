"""The verbs we use on a link, typed: which action, which headers, which answer means what. Keeps no state."""

from __future__ import annotations

from collections.abc import Sequence

from callrouter.ami.errors import ActionFailed, NoSuchChannel, UnsafeValue
from callrouter.ami.events import HangupCause
from callrouter.ami.headers import Headers
from callrouter.ami.link import AmiLink
from callrouter.ami.port import ChannelNow, PbxState
from callrouter.ami.requests import MOST_LAMPS, DialplanPlace, Lamp, OriginateRequest, check_channel, check_fax_name
from callrouter.ami.translate import ORIGINATE_ID, OddMessage, channel_now, fax_pages_of, phone_states

WAKE_DIGIT = "D"

# Where the dialplan lights lamps: it answers when all are lit, and then ends.
_LAMPS = "switchroom-lamps"
# Where it forgets the word of a fax, and where in Asterisk's database it keeps them.
_FAX_WORD = "switchroom-fax-word"
_FAX_WORDS = "switchroom-fax"
_DIALPLAN_WITHIN = 2.0

# How Asterisk 22 says that a channel is not there: Hangup, PlayDTMF, Redirect.
_GONE = ("No such channel", "Channel not found", "Channel does not exist")


async def wake(link: AmiLink, channel: str) -> None:
    """Make the channel believe that its party pressed D (needs write class `call` only)."""
    headers = {"Channel": check_channel(channel), "Digit": WAKE_DIGIT, "Receive": "true"}
    await _on_channel(link, "PlayDTMF", headers)


async def hangup(link: AmiLink, channel: str, cause: HangupCause = HangupCause.NORMAL) -> None:
    """End the channel, with the cause its party is told."""
    await _on_channel(link, "Hangup", {"Channel": check_channel(channel), "Cause": str(int(cause))})


async def redirect(link: AmiLink, channel: str, place: DialplanPlace) -> None:
    """Take the channel to a place in the dialplan."""
    headers = {
        "Channel": check_channel(channel),
        "Context": place.context,
        "Exten": place.extension,
        "Priority": str(place.priority),
    }
    await _on_channel(link, "Redirect", headers)


async def originate(link: AmiLink, request: OriginateRequest) -> None:
    """Queue a call; the link's user needs write class `originate`.

    Its end comes as an OriginateResponse on every link that hears events of class `call`.
    """
    headers: dict[str, str | list[str]] = {
        "ActionID": ORIGINATE_ID + request.channel_id,
        "Channel": request.destination,
        "Context": request.place.context,
        "Exten": request.place.extension,
        "Priority": str(request.place.priority),
        "Timeout": str(round(request.ring_seconds * 1000)),
        "Async": "true",  # without it the session is deaf until the party answers
        "ChannelId": request.channel_id,
        "Variable": [f"{name}={value}" for name, value in request.variables],
    }
    if request.other_channel_id is not None:
        headers["OtherChannelId"] = request.other_channel_id
    if request.caller_number or request.caller_name:
        headers["CallerID"] = request.shown_caller
    await link.action("Originate", headers)


async def show_lamps(link: AmiLink, lamps: Sequence[Lamp]) -> None:
    """Run the dialplan's lines that light lamps; the link's user needs write class `originate`.

    Asterisk has an action for this only with modules that Debian leaves out.
    """
    if len(lamps) > MOST_LAMPS:
        raise UnsafeValue(f"more than {MOST_LAMPS} lamps")
    if not lamps:
        return
    shown = "&".join(f"{lamp.phone}:{lamp.new}:{lamp.old}" for lamp in lamps)
    headers = {
        "Channel": f"Local/show@{_LAMPS}",
        "Context": _LAMPS,
        "Exten": "shown",
        "Priority": "1",
        "Timeout": str(round(_DIALPLAN_WITHIN * 1000)),
        "Async": "false",  # a millisecond or two, and then the answer says whether it was done
        "Variable": f"SWITCHROOM_LAMPS={shown}",
    }
    await link.action("Originate", headers, deadline=_DIALPLAN_WITHIN + 1.0)


async def fax_pages(link: AmiLink, channel: str) -> int | None:
    """Return how many pages of the fax on this channel the other machine has confirmed, or we it, by now."""
    check_channel(channel)
    for entry in await link.list_action("FAXSessions"):
        if entry.get("Channel") == channel:
            told = await link.list_action("FAXSession", {"SessionNumber": str(entry.get("SessionNumber"))})
            return fax_pages_of(told[0]) if told else None
    return None


async def fax_word(link: AmiLink, name: str) -> str | None:
    """Return what the dialplan wrote down of a fax; needs write class `reporting` only."""
    told = await link.list_action("DBGet", {"Family": _FAX_WORDS, "Key": check_fax_name(name)})
    return str(told[0].get("Val", "")) if told else None


async def forget_fax_word(link: AmiLink, name: str) -> None:
    """Run the dialplan's lines that delete such a word; the link's user needs write class `originate`.

    Asterisk's own action for this needs the write class `system`, which may do anything.
    """
    headers = {
        "Channel": f"Local/forget@{_FAX_WORD}",
        "Context": _FAX_WORD,
        "Exten": "forgotten",
        "Priority": "1",
        "Timeout": str(round(_DIALPLAN_WITHIN * 1000)),
        "Async": "false",
        "Variable": f"SWITCHROOM_FAX={check_fax_name(name)}",
    }
    await link.action("Originate", headers, deadline=_DIALPLAN_WITHIN + 1.0)


async def read_state(link: AmiLink) -> PbxState:
    """Return all channels and phones there are; to be read after every connect.

    PJSIPShowEndpoints would need the write class `system`, so phones are read as devices.
    """
    channels = {}
    for item in await link.list_action("CoreShowChannels"):
        try:
            ref, state, caller_number, bridge_id = channel_now(item)
        except OddMessage:
            continue  # a channel without a name is on its way out
        channels[ref.uniqueid] = ChannelNow(ref, state, caller_number, bridge_id)
    return PbxState(channels, phone_states(await link.list_action("DeviceStateList")))


async def _on_channel(link: AmiLink, name: str, headers: Headers) -> None:
    try:
        await link.action(name, headers)
    except ActionFailed as failure:
        if failure.message.startswith(_GONE):
            raise NoSuchChannel(name, failure.message) from None
        raise
