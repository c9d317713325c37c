"""A fax as a row and as a page of its own: names for people, what may be shown of where it was delivered.

Pure: time, site, names and deliveries are given. Wording only; the form is in the templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from config.schema import Site
from fax.model import UNDER_WAY, Attempt, Direction, Fax, Progress, State
from fax.web.room import title_of
from fax.web.words import RESULTS, pages_of, progress_words, state_of
from ledger.delivery_model import Delivery
from ledger.web.deliveries import IsLate, Mark
from ledger.web.item_view import ItemView, shortened
from ledger.web.times import age, exact, soon

#: Letters of what stands on the pages in a row.
FIRST_WORDS = 120
_URL = re.compile(r"https?://[^\s\"<>]+")


@dataclass(frozen=True)
class OnTheLine:
    """How far a fax on the line is. `value` of `most` are through; `most` 0 where nobody knows."""

    id: str
    incoming: bool
    caller: str
    box: str
    value: int
    most: int
    words: str


@dataclass(frozen=True)
class Row:
    """A fax in a list. `caller` is the best name there is of the other side, `number` '' where that is it."""

    id: str
    unread: bool
    caller: str
    number: str
    station: str
    box: str
    at: datetime
    exact: str
    age: str
    picture: bool
    pages: str
    subject: str
    words: str
    state: Mark
    marks: tuple[Mark, ...]
    progress: OnTheLine | None
    assigned_to: str
    sent_by: str
    #: When it is called out next, '' where that is now or never.
    next_try: str
    tries: int
    handled: bool
    deleted: bool
    under_way: bool


@dataclass(frozen=True)
class ShownAttempt:
    """One call with a fax."""

    number: int
    at: datetime
    began: str
    mark: Mark
    pages: int
    seconds: float
    station: str
    rate: int
    said: str
    #: The call whose story there is, '' for none.
    call: str


class View(ItemView[Fax]):
    """Shows faxes as they are at one moment, by the names of one site; addresses of web-hooks whole to admins only."""

    def __init__(self, site: Site, now: datetime, is_late: IsLate, *, is_admin: bool = False) -> None:
        super().__init__(site.company.zone, site.people, now, is_late)
        self._site = site
        self._is_admin = is_admin

    def row(
        self,
        fax: Fax,
        name: str,
        deliveries: Iterable[Delivery],
        progress: Progress | None = None,
        next_try: datetime | None = None,
    ) -> Row:
        caller = name or fax.name or fax.number or "Number withheld"
        return Row(
            id=fax.id,
            unread=fax.is_unread,
            caller=caller,
            number=fax.number if caller != fax.number else "",
            station=fax.station,
            box=title_of(fax.box, self._site),
            at=fax.at,
            exact=exact(fax.at, self._zone),
            age=age(fax.at, self._now, self._zone),
            picture=bool(fax.file) and sheets(fax) > 0,
            pages=pages_of(fax),
            subject=fax.subject,
            words=shortened(fax.text, FIRST_WORDS),
            state=state_of(fax, next_try, self._zone),
            marks=self.marks(fax, deliveries),
            progress=self.line(progress, name or fax.name) if progress else None,
            assigned_to=self.person(fax.assigned_to),
            sent_by=self.person(fax.sent_by),
            next_try=soon(next_try, self._now, self._zone) if next_try else "",
            tries=fax.tries,
            handled=fax.handled_at is not None,
            deleted=fax.deleted_at is not None,
            under_way=fax.state in UNDER_WAY,
        )

    def line(self, progress: Progress, name: str) -> OnTheLine:
        """Return a fax on the line."""
        return OnTheLine(
            progress.id,
            progress.direction is Direction.IN,
            name or progress.number or "Number withheld",
            title_of(progress.box, self._site),
            progress.pages,
            progress.of,
            progress_words(progress),
        )

    def attempt(self, attempt: Attempt) -> ShownAttempt:
        """Return one call with a fax."""
        return ShownAttempt(
            attempt.number,
            attempt.began_at,
            exact(attempt.began_at, self._zone),
            RESULTS[attempt.result] if attempt.result is not None else Mark("On the line"),
            attempt.pages,
            attempt.seconds,
            attempt.station,
            attempt.rate,
            attempt.said,
            attempt.call if attempt.began_sending_at is not None else "",
        )

    def marks(self, item: Fax, deliveries: Iterable[Delivery]) -> tuple[Mark, ...]:
        marks = []
        if item.state is State.PARTIAL:
            marks.append(Mark("Broken off", "warn", item.why or "the line broke off"))
        if item.state is State.FAILED and item.direction is Direction.IN:
            marks.append(Mark("Nothing came", "bad", item.why))
        return (*marks, *super().marks(item, deliveries))

    def masked(self, text: str) -> str:
        return text if self._is_admin else _URL.sub(lambda found: without_secrets(found[0]), text)


def sheets(fax: Fax) -> int:
    """Count the pages that can be looked at."""
    return (fax.pages if fax.direction is Direction.IN else fax.of) if fax.file else 0


def without_secrets(url: str) -> str:
    """Return an address without what may be a secret in it: user, password, query and fragment.

    >>> without_secrets("https://me:pw@hook.example:8443/in?token=1#x"), without_secrets("https://[bad")
    ('https://hook.example:8443/in?…', '…')
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "…"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "…" if parts.query else "", ""))
