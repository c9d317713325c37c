"""How a fax stands, in words for people: its state, what broke, what to do about it, how far it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from fax.by_mail.model import DoorState
from fax.model import Attempt, Direction, Fax, Progress, Result, State
from fax.outcome import pages_through
from ledger.web.deliveries import Mark
from ledger.web.times import exact

#: How one call with a fax ended: the word and its tone.
RESULTS = {
    Result.SENT: Mark("Sent", "good"),
    Result.PARTIAL: Mark("Broke off", "warn"),
    Result.FAILED: Mark("Did not go through", "bad"),
    Result.BUSY: Mark("Busy", "warn"),
    Result.NO_ANSWER: Mark("No answer", "warn"),
    Result.UNREACHABLE: Mark("Not reached", "bad"),
    Result.VOICE: Mark("No fax machine", "bad"),
    Result.NOT_CALLED: Mark("Not called", "warn"),
    Result.UNKNOWN: Mark("Nobody knows", "warn"),
    Result.CANCELLED: Mark("Cancelled", "calm"),
}


def counted(pages: int) -> str:
    """Count pages.

    >>> counted(0), counted(1), counted(12)
    ('no page', '1 page', '12 pages')
    """
    return "no page" if pages == 0 else f"{pages} page" if pages == 1 else f"{pages} pages"


def pages_of(fax: Fax) -> str:
    """Say how many pages came, or went out of how many."""
    if fax.direction is Direction.IN or fax.state is State.SENT:
        return counted(fax.pages)
    if fax.of == 0:
        return ""
    return f"{fax.pages} of {counted(fax.of)} sent" if fax.pages else counted(fax.of)


def progress_words(progress: Progress) -> str:
    """Say how far a fax on the line is.

    >>> from datetime import UTC
    >>> now = datetime(2026, 1, 5, tzinfo=UTC)
    >>> progress_words(Progress("f", Direction.OUT, "b", "", now, pages=1, of=5, doing="sending"))
    'page 2 of 5'
    >>> progress_words(Progress("f", Direction.IN, "b", "", now, pages=2, doing="receiving"))
    'receiving, page 3'
    """
    if progress.direction is Direction.IN:
        return f"receiving, page {progress.pages + 1}"
    if progress.doing == "sending" and progress.of:
        return f"page {min(progress.pages + 1, progress.of)} of {progress.of}"
    return progress.doing


def state_of(fax: Fax, next_try: datetime | None, zone: ZoneInfo) -> Mark:
    """Say where a fax stands, and since when or why."""
    if fax.deleted_at is not None:
        return Mark("Deleted", "bad", f"by {fax.deleted_by}, {exact(fax.deleted_at, zone)}")
    return _received(fax, zone) if fax.direction is Direction.IN else _sent(fax, next_try, zone)


def _received(fax: Fax, zone: ZoneInfo) -> Mark:
    if fax.handled_at is not None:
        return Mark("Handled", "good", f"by {fax.handled_by}, {exact(fax.handled_at, zone)}")
    if fax.state is State.FAILED:
        return Mark("Nothing came", "bad", fax.why)
    if fax.seen_at is None:
        return Mark("New", "warn", "nobody has seen it yet")
    return Mark("Seen", "calm", f"by {fax.seen_by}, {exact(fax.seen_at, zone)}")


def _sent(fax: Fax, next_try: datetime | None, zone: ZoneInfo) -> Mark:
    ended = exact(fax.ended_at, zone) if fax.ended_at else ""
    match fax.state:
        case State.PREPARING:
            return Mark("Being prepared")
        case State.WAITING if fax.tries:
            return Mark("Waits for another try", "warn", f"at {exact(next_try, zone)}" if next_try else "")
        case State.WAITING if next_try is not None:
            return Mark("Waits for its time", "calm", f"goes out at {exact(next_try, zone)}")
        case State.WAITING:
            return Mark("Waits for a line")
        case State.SENDING:
            return Mark("On the line", "calm")
        case State.SENT:
            return Mark("Sent", "good", ended)
        case State.UNKNOWN:
            return Mark("Nobody knows", "warn", ended)
        case State.CANCELLED:
            return Mark("Cancelled", "calm", ended)
        case _:
            return Mark("Not sent", "bad", ended)


def explained(fax: Fax, attempts: Sequence[Attempt] = ()) -> str:
    """Say what went wrong with a fax, after these calls, and what to do; '' where nothing did."""
    why = f": {fax.why}" if fax.why else ""
    if fax.direction is Direction.IN:
        if fax.state is State.PARTIAL:
            return (
                f"The line broke off{why}. What is here are the complete pages, {counted(fax.pages)}. "
                "Ask the sender for the rest."
            )
        if fax.state is State.FAILED:
            return f"No page came through{why}. Ask the sender to send it again."
        return f"{_sentence(fax.why)} The original can be downloaded." if fax.file and not fax.pdf and fax.why else ""
    through = pages_through(fax, attempts)
    part = f" {through} of {counted(fax.of)} had gone out." if through else ""
    match fax.state:
        case State.FAILED:
            return (
                f"It was not sent{why}.{part} Nobody tries any more. "
                "Look at the number and the attempts below, then send it again."
            )
        case State.UNKNOWN:
            return (
                f"Nobody knows whether it arrived{why}. It is not sent again by itself, so that nobody gets it twice. "
                "Ask the receiver, and send it again if it is not there."
            )
        case State.CANCELLED:
            return f"It was cancelled{why}.{part}"
        case _:
            return ""


def waits(fax: Fax, last: Attempt | None, next_try: datetime | None, zone: ZoneInfo) -> str:
    """Say why a fax that is to be sent waits, and until when; '' for one that does not wait."""
    if fax.state is not State.WAITING:
        return ""
    until = f"The next try is at {exact(next_try, zone)}." if next_try else "The next try begins at once."
    if fax.tries and last is not None and last.result is not None:
        said = f" ({last.said})" if last.said else ""
        return f"Attempt {last.number}: {RESULTS[last.result].word.lower()}{said}. {until}"
    return f"It goes out at {exact(next_try, zone)}." if next_try else "It goes out as soon as a line is free."


def by_mail(state: DoorState, zone: ZoneInfo) -> Mark:
    """Say how faxes that are ordered by mail fare, for who looks after that."""
    if state.error:
        since = f" since {exact(state.failing_since, zone)}" if state.failing_since else ""
        why = f"{_sentence(state.error)} Mails wait in the mailbox, none is lost."
        return Mark(f"Faxes by mail have not come in{since}", "bad", why)
    if state.looked_at is None:
        return Mark("Faxes by mail", "calm", "The mailbox has not been looked into yet.")
    told = f"Looked into the mailbox at {exact(state.looked_at, zone)}. Since the start {state.faxes} taken"
    refused = f", {state.refused} refused" if state.refused else ""
    held = f" {state.held} wait for another try." if state.held else ""
    return Mark("Faxes by mail", "warn" if state.held else "calm", f"{told}{refused}.{held}")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
