"""The channel events that our own Asterisk has of one call, in words. Pure; owns the wording."""

from __future__ import annotations

from collections.abc import Sequence

from callrouter.events import Party
from reports.imports.cdr_contact import endpoint_of
from reports.imports.cel import ChannelEvent, hung_up_first, read_event
from reports.imports.model import MOST_LINES
from reports.imports.telling import Called, Sentence, Told

_FIRST = {Party.CALLER: "The caller hung up.", Party.US: "We ended the call.", Party.AGENT: "The other side hung up."}


def cel_words(lines: Sequence[str], called: Called) -> Told:
    """Tell the events of a call, by time."""
    read: dict[ChannelEvent, str] = {}
    unread = []
    for text in lines:
        if (event := read_event(text)) is None:
            unread.append(text)
        else:
            read[event] = text
    events = sorted(read, key=lambda event: (event.at, event.uniqueid, event.event))[:MOST_LINES]
    told = [Sentence(event.at, words, read[event]) for event in events if (words := _said(event, called))]
    return Told(tuple(told), tuple(unread))


def _said(event: ChannelEvent, called: Called) -> str:
    """Say one event; '' for the halves of Local channels, which are nobody."""
    if event.event == "LINKEDID_END":
        return "Nobody was on the line any more."
    if event.uniqueid == event.linkedid:
        return _of_caller(event)
    if event.channel.startswith("Local/"):
        return ""
    who = called(endpoint_of(event.channel))
    match event.event:
        case "CHAN_START":
            return f"{who} was called."
        case "ANSWER":
            return f"{who} answered."
        case "BRIDGE_ENTER":
            return f"{who} came onto the line."
        case "BRIDGE_EXIT":
            return f"{who} left the line."
        case _:
            return f"The call of {who} was over."


def _of_caller(event: ChannelEvent) -> str:
    match event.event:
        case "CHAN_START":
            return f"{event.number or 'A withheld number'} came in for {event.exten or 'no number'}."
        case "ANSWER":
            return "We answered."
        case "BRIDGE_ENTER":
            return "The caller was put through."
        case "BRIDGE_EXIT":
            return "The caller was on the line no more."
        case _:
            return _FIRST.get(hung_up_first(event, event.channel), "The call ended; who hung up first is not known.")
