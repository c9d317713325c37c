"""A report as a file that stays as it is: the whole document as packed JSON, and back. Knows no form and no table.

Every value says its kind beside it, out of a list of allowed ones: reading one can make nothing else.
"""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from reports import document as words
from reports.document import Document
from reports.period import Period
from reports.selection import Selection

#: No packed document is larger, and none unpacked.
MOST_PACKED, MOST_PLAIN = 50_000_000, 400_000_000
_KIND, _IS = "~", "is"
_DATA: Mapping[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        words.Cell, words.Column, words.Table, words.Figure, words.Series, words.Chart, words.Heat, words.Node,
        words.Edge, words.Flow, words.Term, Document, Period, Selection,
    )
}  # fmt: skip
_PLAIN: Mapping[str, Callable[[str], Any]] = {
    "Unit": words.Unit,
    "Shape": words.Shape,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "ZoneInfo": ZoneInfo,
}
#: Kinds that were written where a text belongs, in documents of the first days.
_TEXTS = ("Party",)


#: In packed JSON: a value of a kind that holds no words of people, else a text with its marks.
_TEXT = re.compile(rf'\{{"{_KIND}":"\w+","{_IS}":"[^"]*"\}}|"([^"\\]*(?:\\.[^"\\]*)*)"')


class NoDocument(ValueError):
    """This is no document of ours, or one that is too large; the text says which."""


def pack(doc: Document) -> bytes:
    """Return a document as packed JSON, the same bytes for the same document. Raises NoDocument."""
    plain = json.dumps(_plain(doc), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    packed = gzip.compress(plain, compresslevel=6, mtime=0)
    if len(plain) > MOST_PLAIN or len(packed) > MOST_PACKED:
        raise NoDocument("the report is too large to be kept: ask for less time")
    return packed


def unpack(packed: bytes) -> Document:
    """Return the document that `pack` packed; blocks. Raises NoDocument."""
    try:
        with gzip.open(io.BytesIO(packed)) as file:
            plain = file.read(MOST_PLAIN + 1)
        if len(plain) > MOST_PLAIN:
            raise NoDocument("it is too large")
        made = _made(json.loads(plain))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise NoDocument(f"it cannot be read: {type(error).__name__}") from error
    if not isinstance(made, Document):
        raise NoDocument("it is something else")
    return made


def texts_in(plain: str) -> list[str]:
    """Return the texts of an unpacked document, as they read: without its times, and without making it anew.

    >>> texts_in('{"~":"Cell","value":"a \\\\"b\\\\" c","at":{"~":"date","is":"2026-11-24"}}')
    ['~', 'Cell', 'value', 'a "b" c', 'at']
    """
    found = (match[1] for match in _TEXT.finditer(plain) if match[1] is not None)
    return [json.loads(f'"{text}"') if "\\" in text else text for text in found]


def _plain(value: Any) -> Any:  # Any: JSON
    if isinstance(value, Enum) and type(value).__name__ in _PLAIN:
        return {_KIND: type(value).__name__, _IS: value.value}
    if isinstance(value, Enum) and isinstance(value, str):
        return value.value  # it was put where a text belongs
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime | date):
        return {_KIND: "datetime" if isinstance(value, datetime) else "date", _IS: value.isoformat()}
    if isinstance(value, ZoneInfo):
        return {_KIND: "ZoneInfo", _IS: value.key}
    if is_dataclass(value) and type(value).__name__ in _DATA:
        said = {one.name: getattr(value, one.name) for one in fields(value) if getattr(value, one.name) != one.default}
        return {_KIND: type(value).__name__, **{name: _plain(part) for name, part in said.items()}}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    raise NoDocument(f"a document holds no {type(value).__name__}")


def _made(plain: Any) -> Any:  # Any: JSON
    if isinstance(plain, list):
        return tuple(_made(part) for part in plain)
    if not isinstance(plain, dict):
        return plain
    kind = plain[_KIND]
    if kind in _TEXTS:
        return str(plain[_IS])
    if kind in _PLAIN:
        return _PLAIN[kind](plain[_IS])
    return _DATA[kind](**{name: _made(part) for name, part in plain.items() if name != _KIND})
