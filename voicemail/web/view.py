"""A message as a row and as a page of its own: names for people, words for states, figures for the drawing.

Pure: time, site, names and mails are given. Wording only; the form is in the templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from config.schema import Site
from ledger.delivery_model import Delivery
from ledger.web.deliveries import IsLate, Mark
from ledger.web.item_view import ItemView, shortened
from ledger.web.times import age, exact
from voicemail.mail import DOUBTFUL
from voicemail.model import Message, TextState
from voicemail.transcription.model import Word
from voicemail.web.inbox import title_of

#: Bars in the drawing of a sound; more are finer than a pixel on a phone.
BARS = 150
#: Letters of the transcript in a row.
FIRST_WORDS = 160


@dataclass(frozen=True)
class Row:
    """A message in a list. `caller` is the best name there is, `number` '' where that is the name already."""

    id: str
    unread: bool
    caller: str
    number: str
    box: str
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


class View(ItemView[Message]):
    """Shows messages as they are at one moment, by the names of one site."""

    def __init__(self, site: Site, now: datetime, is_late: IsLate) -> None:
        super().__init__(site.company.zone, site.people, now, is_late)
        self._site = site

    def row(self, message: Message, name: str, mails: Iterable[Delivery]) -> Row:
        caller = name or message.ani_name or message.ani or "Number withheld"
        return Row(
            id=message.id,
            unread=message.is_unread,
            caller=caller,
            number=message.ani if caller != message.ani else "",
            box=title_of(message.mailbox, self._site),
            at=message.taken_at,
            exact=exact(message.taken_at, self._zone),
            age=age(message.taken_at, self._now, self._zone),
            seconds=message.seconds,
            words=shortened(message.text, FIRST_WORDS),
            no_words=why_no_words(message),
            assigned_to=self.person(message.assigned_to),
            marks=self.marks(message, mails),
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

    def marks(self, item: Message, deliveries: Iterable[Delivery]) -> tuple[Mark, ...]:
        broken = [Mark("Broken off", "warn", "the recording was broken off on our side")] if item.partial else []
        return (*broken, *super().marks(item, deliveries))


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


def _doubt(word: Word) -> str:
    return f"Doubtful: {round(word.confidence * 100)} % sure" if word.confidence < DOUBTFUL else ""
