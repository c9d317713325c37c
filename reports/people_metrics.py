"""The formulas of a person's time sheet, each with its definition, unit, clock and exclusions. Pure.

Times are in whole microseconds, so that they add up exactly; shares are from 0 to 1. Nothing to measure is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from reports.people_calls import PersonCalls
from reports.spans import Doing, Sum


@dataclass(frozen=True)
class Times:
    """How long somebody did what within a time, in microseconds. `paused` is by reason, '' where none was given.

    `undivided` is what an imported file tells only as logged in, `not_known` what the server was not there to see.
    `unreachable` is the part of all that in which the phone could not be reached; `open` says that it goes on now.
    """

    ready: int = 0
    ringing: int = 0
    talking: int = 0
    wrap_up: int = 0
    paused: Mapping[str, int] = field(default_factory=dict)
    undivided: int = 0
    not_known: int = 0
    unreachable: int = 0
    open: bool = False


def times_of(sums: Iterable[Sum]) -> Times:
    """Return what these sums, of one person or of many, add up to."""
    by: dict[Doing, int] = dict.fromkeys(Doing, 0)
    paused: dict[str, int] = {}
    unreachable, goes_on = 0, False
    for one in sums:
        by[one.doing] += one.us
        goes_on = goes_on or one.open
        if one.doing is Doing.PAUSED:
            paused[one.reason] = paused.get(one.reason, 0) + one.us
        if not one.reachable:
            unreachable += one.us
    return Times(
        by[Doing.READY], by[Doing.RINGING], by[Doing.TALKING], by[Doing.WRAP_UP], paused,
        by[Doing.UNDIVIDED], by[Doing.NOT_KNOWN], unreachable, goes_on,
    )  # fmt: skip


def logged_in(times: Times) -> int:
    """Return how long somebody was logged in, as far as that is known.

    Formula: ready + ringing + talking + wrap-up + paused, exactly; for imported days also the time that their file
    does not divide. Unit: time. Clock: starts at the log-in, ends at the log-out; midnight cuts it.
    Exclusions: time in which the server was not there. It was perhaps work and perhaps not, so it is not counted.
    Source: the changes of state in our journal. Called staffed time by Avaya, online time by Amazon Connect.

    >>> logged_in(Times(ready=50, ringing=5, talking=30, wrap_up=5, paused={"lunch": 10}, not_known=7))
    100
    """
    return times.ready + times.ringing + times.talking + times.wrap_up + paused(times) + times.undivided


def ready(times: Times) -> int:
    """Return how long somebody could have been given a call and was not.

    Formula: Σ time in the state ready. Unit: time. Clock: starts when the state is told, ends with the next.
    Exclusions: none; a phone that could not be reached meanwhile is shown apart (`unreachable`).
    Source: our journal. Called idle time by Amazon Connect and by Genesys, available time by others.
    """
    return times.ready


def ringing(times: Times) -> int:
    """Return how long the phone rang for calls that we offered.

    Formula: Σ time in the state ringing. Unit: time. Clock: starts at the offer, ends at the answer or when
    the offer is over. Exclusions: ringing of calls that did not come through us. Source: our journal.
    """
    return times.ringing


def talking(times: Times) -> int:
    """Return how long somebody was in conversation, hold included.

    Formula: Σ time in the state talking, which is talk + hold. Unit: time. Clock: starts at the answer, ends
    when the agent or the caller leaves; midnight cuts it. Exclusions: calls that did not come through us.
    Source: our journal.
    """
    return times.talking


def wrap_up(times: Times) -> int:
    """Return how long somebody worked on calls after their end (after-call work, ACW).

    Formula: Σ time in the state wrap-up. Unit: time. Clock: starts at the end of the conversation, ends when
    the person is ready again, pauses or logs out. Exclusions: none. Source: our journal.
    """
    return times.wrap_up


def paused(times: Times) -> int:
    """Return how long somebody was logged in and took no calls, for all reasons together.

    Formula: Σ time in the state paused, = Σ over the reasons. Unit: time. Clock: starts when the pause does;
    one asked for during a call starts when the call is over. Exclusions: none. Source: our journal, or a file that
    was imported. Called not ready, AUX or non-productive time by others.

    >>> paused(Times(paused={"lunch": 1800, "": 60}))
    1860
    """
    return sum(times.paused.values())


def unreachable(times: Times) -> int:
    """Return how long the phone of somebody who was logged in was not registered.

    Formula: Σ of the parts of the logged-in time in which Asterisk had no way to the phone. Unit: time.
    Clock: starts when Asterisk says so, ends when the phone is back. Exclusions: time logged out. It is a part of the
    other times, not one more. Source: the phones' states in our journal.
    """
    return times.unreachable


def not_known(times: Times) -> int:
    """Return how long it is not known what somebody did who was logged in.

    Formula: Σ time from the last moment known before the server went to its next start. Unit: time.
    Clock: where the server was killed, starts with the last sign of anybody. Exclusions: who was logged out then.
    Source: the starts and stops in our journal. It is in no other figure.
    """
    return times.not_known


def handling(times: Times) -> int:
    """Return the time of handling calls: talk + hold + wrap-up. Unit: time. Clock: as in these.

    >>> handling(Times(talking=30, wrap_up=5, ready=50))
    35
    """
    return times.talking + times.wrap_up


def occupancy(times: Times) -> float | None:
    """Return how much of the time at the phone went into calls.

    Formula: (talk + hold + wrap-up) ÷ (talk + hold + wrap-up + ready + ringing). Unit: a share from 0 to 1.
    Clock: as in these times. Exclusions: pauses, time that is not known, and imported days, whose file does not tell
    ready from talking.
    Source: our journal. Others differ: the idle time of Amazon Connect has no ringing in it, Genesys Cloud divides
    interacting by on-queue time, and a variant published by ICMI counts meetings and training above the line.

    >>> occupancy(Times(ready=50, ringing=5, talking=35, wrap_up=10, paused={"lunch": 500}))
    0.45
    >>> occupancy(Times(paused={"lunch": 500})) is None
    True
    """
    at_the_phone = handling(times) + times.ready + times.ringing
    return handling(times) / at_the_phone if at_the_phone else None


def utilisation(times: Times) -> float | None:
    """Return how much of the logged-in time went into calls.

    Formula: (talk + hold + wrap-up) ÷ logged in. Unit: a share from 0 to 1. Clock: as in these times.
    Exclusions: time that is not known, and imported days, whose file does not tell ready from talking.
    Source: our journal. We know no paid hours: Genesys divides by all time at work, logged out included, and COPC, as
    it is quoted, by paid hours with ready time above the line; those are other figures of the same name.

    >>> utilisation(Times(ready=50, talking=35, wrap_up=15, paused={"lunch": 100}))
    0.25
    >>> utilisation(Times()) is None
    True
    """
    divided = logged_in(times) - times.undivided
    return handling(times) / divided if divided else None


def average_handling(talked: int, after_calls: int, conversations: int) -> float | None:
    """Return the average handling time (AHT).

    Formula: (talk + hold + wrap-up) ÷ conversations. Unit: time. Clock: a conversation with its talk and hold
    belongs to the day its call came in, wrap-up to the day it was done: over midnight they are of two days.
    Exclusions: conversations that are not over.
    Source: call records and our journal. ICMI and Amazon Connect define it so; wrap-up is in it.

    >>> average_handling(talked=90, after_calls=30, conversations=2)
    60.0
    >>> average_handling(talked=0, after_calls=30, conversations=0) is None
    True
    """
    return (talked + after_calls) / conversations if conversations else None


def rang(calls: PersonCalls) -> int:
    """Count how often the phone rang for calls that we offered.

    Formula: number of ringings, each phone and each time by itself. Unit: ringings. Clock: of the day the call came in.
    Exclusions: none; an unreachable phone is counted, though it made no sound. Source: call records.
    """
    return calls.rang


def missed(calls: PersonCalls) -> int:
    """Count the ringings that somebody let go by: no answer (RNA) or declined.

    Formula: number of ringings with the reply no answer or busy. Unit: ringings. Clock: of the day the call came in.
    Exclusions: phones that could not be reached, and ringing that ended because a colleague answered or the caller
    gave up. Source: call records.
    """
    return calls.missed


def not_reached(calls: PersonCalls) -> int:
    """Count the calls that were offered to a phone which could not be reached.

    Formula: number of ringings with the reply unreachable. Unit: ringings. Clock: of the day the call came in.
    Exclusions: phones that rang. It is a fault of the phone or its line and no missed call. Source: call records.
    """
    return calls.unreachable


def conversations(calls: PersonCalls) -> int:
    """Count the conversations with customers who called.

    Formula: number of conversations, those going on included. Unit: conversations. Clock: of the day the call came in.
    Exclusions: calls that we placed. A caller who comes back to the same person is counted twice. Source: call records.
    """
    return calls.conversations


def average_talk(calls: PersonCalls) -> float | None:
    """Return the mean length of a conversation, hold included.

    Formula: Σ talk ÷ conversations that are over. Unit: time. Clock: starts at the answer, ends when the agent or the
    caller leaves. Exclusions: conversations that are not over. Source: call records.

    >>> average_talk(PersonCalls(over=2, talked=90))
    45.0
    >>> average_talk(PersonCalls(conversations=1)) is None
    True
    """
    return calls.talked / calls.over if calls.over else None


#: What the columns of a time sheet mean: title and formula by the name of the term.
TERMS: Mapping[str, tuple[str, Callable[..., object]]] = {
    "logged_in": ("Logged in", logged_in),
    "ready": ("Ready", ready),
    "ringing": ("Ringing", ringing),
    "talking": ("Talking", talking),
    "wrap_up": ("Wrap-up", wrap_up),
    "paused": ("Paused", paused),
    "phone_away": ("Phone unreachable", unreachable),
    "time_not_known": ("Not known", not_known),
    "rang": ("Rang", rang),
    "missed": ("Missed", missed),
    "not_reached": ("Not reached", not_reached),
    "conversations": ("Conversations", conversations),
    "average_talk": ("Average talk", average_talk),
    "handling_time": ("Handling time (AHT)", average_handling),
    "occupancy": ("Occupancy", occupancy),
    "utilisation": ("Utilisation", utilisation),
}
