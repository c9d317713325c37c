"""Owns every error of taking customers from a file. `why` is for the person who brought it.

ExchangeError
├── NotReadable      the file as a whole: a workbook, empty, a picture, a header of 10,000 columns
├── TooLarge         more bytes than a file may have
├── FileChanged      not the file that was looked at
└── ReaderLost       our own process hung or died
"""

from __future__ import annotations


class ExchangeError(Exception):
    """The file was not taken in."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class NotReadable(ExchangeError):
    """The file is not one of those that customers are read from."""


class TooLarge(ExchangeError):
    """The file has more bytes than a file may have."""


class FileChanged(ExchangeError):
    """The file is not the one that was looked at."""


class ReaderLost(ExchangeError):
    """The process that reads hung or died."""


BY_NAME = {error.__name__: error for error in (NotReadable, TooLarge, FileChanged, ReaderLost)}
