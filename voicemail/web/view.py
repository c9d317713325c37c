"""A message as a row and as a page of its own: names for people, words for states, figures for the drawing.

Pure: time, site, names and mails are given. Wording only; the form is in the templates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from config.schema import Site
from ledger.delivery_model import Delivery, DeliveryState
from voicemail.mail import DOUBTFUL
from voicemail.model import Message, Step, TextState
from voicemail.transcription.model import Word
from voicemail.web.inbox import title_of

#: Bars in the drawing of a sound; more are finer than a pixel on a phone.
BARS = 150
#: Letters of the transcript in a row.
FIRST_WORDS = 160


@dataclass(frozen=True)
class Mark:
    """A short word about a state, and its tone: good, warn, bad or calm."""

    word: str
    tone: str = "calm"
    why: str = ""


@dataclass(frozen=True)
class Row:
    """A message in a list. `caller` is the best name there is, `number` '' where that is the name already."""

    id: str
    unread: bool
    caller: str
    number: str
    mailbox: str
    at: datetime
    exact: str
    age: str
    seconds: float
    words: str
    no_words: str
    assigned_to: str
    marks: tuple[Mark, ...]
    handled: bool
    deleted: bool


@dataclass(frozen=True)
class ShownWord:
    """A word of the transcript and the moment it is said; `why` says why it is doubtful."""

    text: str
    start: float
    end: float
    why: str


@dataclass(frozen=True)
class ShownMail:
    """A mail about a message, or one that did not get through."""

    id: str
    about: str
    receiver: str
    mark: Mark
    attempts: int
    reply: str
    since: str
    age: str
    refused: bool


class View:
    """Shows messages as they are at one moment, by the names of one site."""

    def __init__(self, site: Site, now: datetime, is_late: Callable[[Delivery], bool]) -> None:
        self._site = site
        self._now = now
        self._is_late = is_late
        self._zone = site.company.zone

    def row(self, message: Message, name: str, mails: Iterable[Delivery]) -> Row:
        """Return a message as a row; `name` is the customer's, '' if it is not known."""
        caller = name or message.ani_name or message.ani or "Number withheld"
        return Row(
            id=message.id,
            unread=message.is_unread,
            caller=caller,
            number=message.ani if caller != message.ani else "",
            mailbox=title_of(message.mailbox, self._site),
            at=message.taken_at,
            exact=exact(message.taken_at, self._zone),
            age=age(message.taken_at, self._now, self._zone),
            seconds=message.seconds,
            words=_shortened(message.text),
            no_words=why_no_words(message),
            assigned_to=self.person(message.assigned_to),
            marks=self._marks(message, mails),
            handled=message.handled_at is not None,
            deleted=message.deleted_at is not None,
        )

    def state(self, message: Message) -> Mark:
        """Say where a message stands, and since when."""
        if message.deleted_at is not None:
            return Mark("Deleted", "bad", f"by {message.deleted_by}, {exact(message.deleted_at, self._zone)}")
        if message.handled_at is not None:
            return Mark("Handled", "good", f"by {message.handled_by}, {exact(message.handled_at, self._zone)}")
        if message.empty:
            return Mark("Missed call", "calm", "nobody spoke")
        if message.heard_at is None:
            return Mark("New", "warn", "nobody has listened yet")
        return Mark("Heard", "calm", f"by {message.heard_by}, {exact(message.heard_at, self._zone)}")

    def mail(self, delivery: Delivery) -> ShownMail:
        """Return a mail and what the receiver's server said."""
        return ShownMail(
            delivery.id,
            delivery.about,
            delivery.receiver,
            self._mail_mark(delivery),
            delivery.attempts,
            delivery.last_reply,
            exact(delivery.created_at, self._zone),
            age(delivery.created_at, self._now, self._zone),
            delivery.state is DeliveryState.REFUSED,
        )

    def person(self, name: str) -> str:
        """Return what somebody is called."""
        known = self._site.people.get(name)
        return known.name if known is not None else name

    def steps(self, steps: Iterable[Step]) -> list[tuple[Step, str, str]]:
        """Return a ledger's steps with the day they begin, '' while it goes on, and the time of each."""
        told: list[tuple[Step, str, str]] = []
        last = ""
        for step in steps:
            at = step.at.astimezone(self._zone)
            day = f"{at:%A} {at.day} {at:%B %Y}"
            told.append((step, day if day != last else "", f"{at:%H:%M:%S}"))
            last = day
        return told

    def _marks(self, message: Message, mails: Iterable[Delivery]) -> tuple[Mark, ...]:
        marks = []
        if message.partial:
            marks.append(Mark("Broken off", "warn", "the recording was broken off on our side"))
        if message.handled_at is not None:
            marks.append(Mark(f"Handled by {message.handled_by}", "good", exact(message.handled_at, self._zone)))
        if message.deleted_at is not None:
            marks.append(Mark(f"Deleted by {message.deleted_by}", "calm", exact(message.deleted_at, self._zone)))
        troubled = [d for d in mails if d.state is DeliveryState.REFUSED or self._is_late(d) or _was_tried(d)]
        if troubled:
            worst = max(troubled, key=lambda d: (d.state is DeliveryState.REFUSED, self._is_late(d)))
            mark = self._mail_mark(worst)
            marks.append(Mark(f"Mail: {mark.word.lower()}", mark.tone, f"{worst.receiver}: {worst.last_reply}"))
        return tuple(marks)

    def _mail_mark(self, delivery: Delivery) -> Mark:
        match delivery.state:
            case DeliveryState.ACCEPTED:
                return Mark("Accepted", "good")
            case DeliveryState.REFUSED:
                return Mark("Refused", "bad")
            case DeliveryState.CANCELLED:
                return Mark("Not needed any more", "calm")
            case DeliveryState.WAITING if self._is_late(delivery):
                return Mark("Overdue", "bad")
            case DeliveryState.WAITING if delivery.attempts:
                return Mark("Not accepted yet", "warn")
            case DeliveryState.WAITING:
                return Mark("On its way", "calm")


def why_no_words(message: Message) -> str:
    """Say why there are no words; '' where there are some."""
    if message.text:
        return ""
    if message.empty:
        return "Nobody spoke"
    match message.text_state:
        case TextState.WAITING:
            return "Being transcribed"
        case TextState.FAILED:
            return f"No text: {message.text_by}"
        case TextState.DONE:
            return "No words were understood"
        case TextState.OFF:
            return "Not transcribed"


def words(message: Message) -> tuple[list[ShownWord], str]:
    """Return the words with their moments, and what stands between two of them: some languages have no blanks."""
    shown = [ShownWord(w.text, w.start, w.end, _doubt(w)) for w in message.words]
    gap = " " if " ".join(w.text for w in message.words) == message.text else ""
    return shown, gap


def outline(peaks: Sequence[int], bars: int = BARS) -> str:
    """Draw peaks (0 to 100) as bars around the middle of a field 100 high and 4 wide each: an SVG path.

    >>> outline((0, 100), 2)
    'M1.5 49v2M5.5 2v96'
    """
    bars = min(bars, len(peaks))
    heights = [max(peaks[n * len(peaks) // bars : (n + 1) * len(peaks) // bars]) for n in range(bars)]
    tall = [2 + height * 94 // 100 for height in heights]
    return "".join(f"M{4 * n + 1.5:g} {50 - h / 2:g}v{h}" for n, h in enumerate(tall))


def age(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Say how long ago something was, as people do.

    >>> from datetime import UTC, timedelta
    >>> at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    >>> [age(at, at + timedelta(minutes=m), ZoneInfo("UTC")) for m in (0, 12, 150, 60 * 24 * 3, 60 * 24 * 30)]
    ['now', '12 min', '2 h', '3 d', '20 Nov']
    """
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h"
    if minutes < 7 * 24 * 60:
        return f"{minutes // (24 * 60)} d"
    day, today = at.astimezone(zone), now.astimezone(zone)
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


def exact(at: datetime, zone: ZoneInfo) -> str:
    """Write a moment so that nobody has to guess: day, time, zone."""
    there = at.astimezone(zone)
    return f"{there:%A} {there.day} {there:%B %Y}, {there:%H:%M:%S} ({zone})"


def _doubt(word: Word) -> str:
    return f"Doubtful: {round(word.confidence * 100)} % sure" if word.confidence < DOUBTFUL else ""


def _was_tried(delivery: Delivery) -> bool:
    return delivery.state is DeliveryState.WAITING and delivery.attempts > 0 and bool(delivery.last_reply)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= FIRST_WORDS else line[: FIRST_WORDS - 1].rstrip() + "…"
