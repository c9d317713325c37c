"""Owns a file as lines of text: decoded, of bounded length, with how far it was read. Knows neither rows nor cards."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from crm_bridge.exchange.letters import legacy_encoding

#: Stands for the rest of a line that is longer than a line may be; no file has it, for it has no UTF-8.
CUT = "\udbff"


class Lines:
    """The lines of a file with their ends as they are, whichever of the three.

    Bytes that are not of the encoding come as lone surrogates, and `readable` shows them; see `is_damaged`.
    """

    def __init__(self, path: Path, encoding: str, longest: int) -> None:
        self.encoding = encoding
        self._longest = longest
        self._raw = io.FileIO(path)
        # Those of several bytes have no surrogates for what they cannot read.
        self._errors = "replace" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
        self._text = io.TextIOWrapper(io.BufferedReader(self._raw), encoding=encoding, errors=self._errors, newline="")

    @property
    def done(self) -> int:
        """Return how many bytes were read."""
        return self._raw.tell()

    def __iter__(self) -> Iterator[str]:
        """Yield every line; of one that is too long its beginning, and `CUT`."""
        read, longest = self._text.readline, self._longest
        while line := read(longest):
            if len(line) == longest and not line.endswith(("\n", "\r")):
                end = self._skip()
                line = line[:1_000] + CUT + end
            yield line

    def readable(self, text: str, country: str) -> str:
        """Return a text in which bytes that are not of the encoding are shown as they were probably meant."""
        text = text.replace(CUT, "…")
        if self._errors == "replace" or not is_damaged(text):
            return text
        raw = text.encode(self.encoding.removesuffix("-sig"), self._errors)
        return raw.decode(legacy_encoding(raw, country), "replace")

    def _skip(self) -> str:
        """Read on to the end of the line, keeping nothing."""
        while (piece := self._text.readline(self._longest)) and not piece.endswith(("\n", "\r")):
            pass
        return "\n" if piece else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._text.close()


def is_damaged(text: str) -> bool:
    """Say whether a text holds what could not be read: a lone surrogate, or the sign that stands for such."""
    if text.isascii():
        return False
    if "\ufffd" in text:
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
