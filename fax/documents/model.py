"""Owns what is said about a document to be faxed: plain values, light to import. Must not know how they arise."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

#: What fits on some pages; whoever takes a note from a person says so before.
MOST_NOTE = 20_000
MOST_WORDS = 500
MOST_ATTEMPTS = 100


class Resolution(StrEnum):
    """How fine a fax is. Across, all have 204 dots an inch."""

    STANDARD = "standard"
    FINE = "fine"
    SUPERFINE = "superfine"

    @property
    def lines_per_inch(self) -> int:
        """Return the lines of dots in an inch down the page."""
        return {Resolution.STANDARD: 98, Resolution.FINE: 196, Resolution.SUPERFINE: 391}[self]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is too much.

    `seconds` are of the clock; of the processor it may be half as many, so that a busy machine is nobody's fault.
    """

    pages: int = 200
    seconds: float = 240.0
    bytes: int = 50_000_000
    #: Of the TIFF that is made. What we allow takes days at 14,400 bit/s.
    tiff_bytes: int = 100_000_000
    #: A longer page goes on, on the next one.
    longest_mm: float = 1_000.0


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on a cover sheet. `date` is the text to print, in the site's own zone. Empty fields are left out."""

    company: str
    to: str
    number: str
    sender: str
    subject: str
    date: str
    note: str = ""
    to_company: str = ""
    sender_number: str = ""

    def __post_init__(self) -> None:
        fields = (self.company, self.to, self.number, self.sender, self.subject, self.date)
        if any(len(words) > MOST_WORDS for words in (*fields, self.to_company, self.sender_number)):
            raise ValueError(f"a line of a cover sheet has at most {MOST_WORDS} letters")
        if len(self.note) > MOST_NOTE:
            raise ValueError(f"the note on a cover sheet has at most {MOST_NOTE} letters")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A TIFF/F that SendFAX takes: its pages, the cover's among them."""

    pages: int
    resolution: Resolution
    bytes: int


class Outcome(StrEnum):
    """What became of a fax, or of one attempt to send it."""

    SENT = "sent"
    PARTIAL = "partial"
    FAILED = "failed"
    #: It may have arrived: nobody knows.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One row of a report's table. `at` and `said` are texts to print."""

    at: str
    outcome: Outcome
    said: str
    pages: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What stands on a transmission report. Texts are printed as they are; what is empty or None is not known."""

    outcome: Outcome
    #: In plain words: what became of it, and what to do.
    said: str
    reference: str
    company: str
    subject: str
    at: str
    our_number: str
    our_station: str
    their_number: str
    their_station: str
    pages_sent: int
    pages: int
    resolution: Resolution
    bits_per_second: int | None = None
    seconds: float | None = None
    ecm: bool | None = None
    attempts: tuple[Attempt, ...] = ()
    #: Of page one, a PNG.
    picture: bytes = field(default=b"", repr=False)
