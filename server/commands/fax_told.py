"""A fax as the command line tells it: a row, the lines of `fax show`, an object of JSON. Pure; asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fax.model import UNDER_WAY, Attempt, Direction, Fax, State, Step
from fax.outcome import became, count
from fax.promises import REPORT
from fax.web.view import without_secrets
from fax.web.words import RESULTS, explained, pages_of, waits
from ledger.delivery_model import Delivery
from ledger.web.times import by_day

HEADS = ("Time", "Way", "Box", "Number", "Pages", "State", "Who", "Fax")
#: So much of an id is shown where it need not be whole.
SHORT = 12

_SENT = {
    State.PREPARING: "being prepared",
    State.WAITING: "waiting",
    State.SENDING: "on the line",
    State.SENT: "sent",
    State.UNKNOWN: "nobody knows",
    State.CANCELLED: "cancelled",
    State.FAILED: "not sent",
}
_CHANNELS = {"mail": "Mail to", "folder": "Folder", "webhook": "Web-hook"}


@dataclass(frozen=True)
class Story:
    """A fax with all that happened to it; `next_try` is when it is called out next, None where that is not known."""

    fax: Fax
    attempts: Sequence[Attempt] = ()
    deliveries: Sequence[Delivery] = ()
    steps: Sequence[Step] = ()
    next_try: datetime | None = None


def row(fax: Fax, zone: ZoneInfo) -> tuple[str, ...]:
    """Return a fax as a row under `HEADS`."""
    return (
        f"{fax.at.astimezone(zone):%Y-%m-%d %H:%M}",
        fax.direction.value,
        fax.box,
        other_side(fax),
        _pages(fax),
        standing(fax),
        fax.sent_by if fax.direction is Direction.OUT else fax.handled_by or fax.assigned_to or fax.seen_by,
        fax.id[:SHORT],
    )


def standing(fax: Fax) -> str:
    """Say in a word or two where a fax stands."""
    if fax.deleted_at is not None:
        return "deleted"
    if fax.direction is Direction.OUT:
        return _SENT.get(fax.state, fax.state.value)
    if fax.state is State.FAILED:
        return "nothing came"
    seen = "handled" if fax.handled_at is not None else "new" if fax.is_unread else "seen"
    return f"{seen}, broke off" if fax.state is State.PARTIAL else seen


def other_side(fax: Fax) -> str:
    """Return number and name of the other side."""
    return " ".join(part for part in (fax.number or "withheld", fax.name) if part)


def fate(fax: Fax, attempts: Sequence[Attempt]) -> str:
    """Say what became of a fax that we sent, and what to do; only of one that is not under way any more."""
    what = became(fax, attempts)
    return f"The fax {what.title}. {what.words}"


def lines(story: Story, zone: ZoneInfo) -> list[str]:
    """Tell a fax for people: what it is, how it stands, its calls and deliveries, and everything that happened."""
    fax = story.fax
    at = f"on {fax.at.astimezone(zone):%Y-%m-%d at %H:%M:%S} ({zone})"
    told = [f"Fax {fax.id}, {standing(fax)}"]
    if fax.direction is Direction.IN:
        told.append(f"It came for {fax.box or 'nobody'} from {other_side(fax)} {at}.")
    else:
        told.append(f"It goes from {fax.box} to {other_side(fax)}, ordered by {fax.sent_by} {at}.")
    told += _facts(fax)
    if words := _explained(story, zone):
        told += ["", words]
    if story.attempts or story.deliveries:
        told += ["", *(_attempt(attempt, fax, zone) for attempt in story.attempts)]
        told += [_delivery(delivery) for delivery in story.deliveries]
    told.append("")
    for step, day, time in by_day(story.steps, zone):
        told += [f"{day}:"] if day else []
        who = f" by {step.by}" if step.by else ""
        told.append(f"  {time}  {step.what}{who}{f': {step.detail}' if step.detail else ''}")
    return told


def as_json(fax: Fax, zone: ZoneInfo) -> dict[str, Any]:
    """Return a fax as one object; fields are only ever added.

    `direction` is in or out. `state` is received, partial or failed; or preparing, waiting, sending, sent, failed,
    unknown or cancelled. `number` is the other side's and `did` ours, `name` is what is known of its owner, `station`
    what its machine says of itself. `pages` came or went through, of `of` there are. Times are the site's, with their
    offset; null is none. What is only said of the other direction is empty, 0 or null.
    """
    return {
        "id": fax.id,
        "direction": fax.direction.value,
        "box": fax.box,
        "state": fax.state.value,
        "at": _time(fax.at, zone),
        "number": fax.number,
        "name": fax.name,
        "station": fax.station,
        "did": fax.did,
        "call": fax.call,
        "pages": fax.pages,
        "of": fax.of,
        "seconds": round(fax.seconds, 2),
        "rate": fax.rate,
        "quality": fax.quality,
        "ecm": fax.ecm,
        "t38": fax.t38,
        "why": fax.why,
        "facts": dict(fax.facts),
        "menus": list(fax.menus),
        "unread": fax.is_unread,
        "seen_by": fax.seen_by,
        "handled_by": fax.handled_by,
        "assigned_to": fax.assigned_to,
        "deleted": fax.deleted_at is not None,
        "text_state": fax.text_state.value,
        "text": fax.text,
        "subject": fax.subject,
        "resolution": fax.resolution.value,
        "cover": fax.cover is not None,
        "sent_by": fax.sent_by,
        "confirm": list(fax.confirm),
        "send_at": _time(fax.send_at, zone),
        "tries": fax.tries,
        "ended_at": _time(fax.ended_at, zone),
    }


def story_as_json(story: Story, zone: ZoneInfo) -> dict[str, Any]:
    """Return all that is known of a fax: `fax`, see `as_json`, `next_try`, and lists of what happened.

    `result` of an attempt is null while its call goes on. `ledger` has everything, calls and deliveries too, in the
    order of time.
    """
    return {
        "fax": as_json(story.fax, zone),
        "next_try": _time(story.next_try, zone),
        "attempts": [
            {
                "number": attempt.number,
                "call": attempt.call,
                "at": _time(attempt.began_at, zone),
                "ended_at": _time(attempt.ended_at, zone),
                "result": attempt.result.value if attempt.result else None,
                "pages": attempt.pages,
                "seconds": round(attempt.seconds, 2),
                "station": attempt.station,
                "rate": attempt.rate,
                "said": attempt.said,
            }
            for attempt in story.attempts
        ],
        "deliveries": [
            {
                "channel": delivery.channel,
                "to": _receiver(delivery),
                "confirmation": delivery.kind == REPORT,
                "state": delivery.state.value,
                "attempts": delivery.attempts,
                "reply": delivery.last_reply,
            }
            for delivery in story.deliveries
        ],
        "ledger": [
            {"at": _time(step.at, zone), "what": step.what, "by": step.by, "detail": step.detail}
            for step in story.steps
        ],
    }


def _explained(story: Story, zone: ZoneInfo) -> str:
    fax, attempts = story.fax, story.attempts
    if fax.direction is Direction.IN:
        return explained(fax)
    if fax.state in UNDER_WAY:
        return waits(fax, attempts[-1] if attempts else None, story.next_try, zone)
    return fate(fax, attempts)


def _pages(fax: Fax) -> str:
    if fax.direction is Direction.OUT and fax.state is not State.SENT:
        return f"{fax.pages} of {fax.of}" if fax.of else ""
    return str(fax.pages)


def _facts(fax: Fax) -> list[str]:
    line = ", ".join(
        part
        for part in (
            pages_of(fax),
            fax.quality,
            f"{fax.rate} bit/s" if fax.rate else "",
            "errors corrected" if fax.ecm else "",
            "T.38" if fax.t38 else "",
            f"{_clock(fax.seconds)} on the line" if fax.seconds else "",
        )
        if part
    )
    facts = ", ".join(f"{name}: {value}" for name, value in fax.facts.items())
    told = (
        f"Subject: {fax.subject}" if fax.subject else "",
        f"{line[:1].upper()}{line[1:]}" if line else "",
        f"The other machine calls itself {fax.station}" if fax.station else "",
        f"Facts: {facts}" if facts else "",
        f"Call {fax.call}" if fax.call else "",
    )
    return [part for part in told if part]


def _attempt(attempt: Attempt, fax: Fax, zone: ZoneInfo) -> str:
    what = RESULTS[attempt.result].word.lower() if attempt.result is not None else "on the line"
    pages = f", {attempt.pages} of {count(fax.of)}" if attempt.pages else ""
    said = f" ({attempt.said})" if attempt.said else ""
    return f"Attempt {attempt.number}, {attempt.began_at.astimezone(zone):%Y-%m-%d %H:%M:%S}: {what}{pages}{said}"


def _delivery(delivery: Delivery) -> str:
    way = _CHANNELS.get(delivery.channel, delivery.channel)
    what = f"Confirmation, {way[:1].lower()}{way[1:]}" if delivery.kind == REPORT else way
    tried = "1 attempt" if delivery.attempts == 1 else f"{delivery.attempts} attempts"
    return f"{what} {_receiver(delivery)}: {delivery.state.value} ({tried}) {delivery.last_reply}".rstrip()


def _receiver(delivery: Delivery) -> str:
    return without_secrets(delivery.receiver) if delivery.channel == "webhook" else delivery.receiver


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _time(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat()
