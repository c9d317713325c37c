"""Owns how much of a file is taken: bytes, rows, cells, and what each value may be long."""

from __future__ import annotations

from dataclasses import dataclass

from crm_bridge.exchange.errors import TooLarge

#: csv refuses a cell of more than 131,072 signs by itself; a row is bounded before that.
MOST_SIGNS_OF_A_ROW = 128_000
#: Physical lines of one row: more is a quote that nobody closed.
MOST_LINES_OF_A_ROW = 500
MOST_COLUMNS = 300

MOST_NAME = 200
MOST_WORD = 200  # a city, a status, a handle
MOST_OWNER = 80
MOST_TAG = 40
MOST_LABEL = 40
MOST_MAIL = 254  # RFC 5321, 4.5.3.1.3
MOST_WEBSITE = 2_000
MOST_STREET = 1_000
MOST_OWN = 2_000
MOST_NOTE = 20_000
#: Of each kind of value that a customer may have several of.
MOST_OF_ONE = 50
#: Of a cell with several values, and of one value before anything looks for what it is: no pattern meets more.
MOST_CELL = 20_000
MOST_VALUE = 500


@dataclass(frozen=True, slots=True)
class Limits:
    """What one import may cost."""

    #: Of the file.
    bytes: int = 256 << 20
    rows: int = 2_000_000
    #: Refused rows that are kept, with their cells, for the list; the rest is counted. The same number of warnings.
    listed: int = 1_000
    #: Signs of one listed row that are kept.
    listed_signs: int = 4_000
    #: Rows unpacked at once: as many as the event loop can without being missed.
    batch: int = 100
    #: Rows that a receiver gets for one transaction, at least.
    together: int = 500
    #: Bytes of the file after which a batch is given on, however few its rows are.
    batch_bytes: int = 64 << 10
    #: Numbers and mail addresses remembered to say which rows of the file are alike.
    remembered: int = 500_000
    #: Seconds of the processor for one file.
    seconds: int = 600


LIMITS = Limits()


def check_size(size: int, limits: Limits = LIMITS) -> None:
    """Raise TooLarge for a file of so many bytes; also for one that is only announced."""
    if size > limits.bytes:
        most = max(1, limits.bytes >> 20)
        raise TooLarge(f"The file has {size / (1 << 20):,.0f} MB, at most {most:,} MB are taken: split it.")
