"""Owns guessing what a column means: by its heading, else by what stands in it. Pure; a person can change it all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from crm_bridge.exchange import heading_words as words
from crm_bridge.exchange.plan import Column, Field

#: Fields that only one column can be.
_SINGLE = frozenset(Field) - {Field.IGNORE, Field.PHONE, Field.MAIL, Field.HANDLE, Field.OWN, Field.TAGS, Field.NOTE}
_MAIL = re.compile(r"\S+@\S+\.\S+")
_WEBSITE = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
_PHONE = re.compile(r"'?[+(]?[0-9][0-9 ()/.\-]{5,24}")
_OWN_FIELD = re.compile(r"Own: (.+)")


def plain(text: str) -> str:
    """Return words to compare headings by: no case, accents, signs or numbers.

    >>> plain("El. paštas 2"), plain("E-mail 1 - Value"), plain("Straße")
    ('el pastas', 'e mail', 'strasse')
    """
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
    found = [word for word in re.findall(r"[^\W\d_]+", bare) if word != "value"]
    return " ".join(found)


def _dictionary(lists: Mapping[Field, str] | Mapping[str, str]) -> dict[str, str]:
    return {plain(word): meaning for meaning, joined in lists.items() for word in joined.split("|")}


_FIELDS: dict[str, tuple[Field, str]] = {
    **{word: (Field(field), "") for word, field in _dictionary(words.WORDS).items()},
    **dict.fromkeys(_dictionary({Field.PHONE: words.PHONE}), (Field.PHONE, "")),
    **{word: (Field.PHONE, label) for word, label in _dictionary(words.PHONE_LABELS).items()},
    **{medium: (Field.HANDLE, medium) for medium in words.MEDIA},
    "handles": (Field.HANDLE, ""),
}
_BESIDE = tuple(plain(word) for word in words.BESIDE)
KIND_OF = _dictionary(words.KINDS)
LANGUAGE_OF = _dictionary(words.LANGUAGES)


def meaning_of(heading: str, own: Collection[str] = ()) -> tuple[Field, str] | None:
    """Return what a heading says its column is, and the column's label; None if it says nothing to us."""
    ours = _OWN_FIELD.fullmatch(heading.strip())
    if ours:
        return Field.OWN, ours[1]
    for name in own:
        if name.casefold() == heading.strip().casefold():
            return Field.OWN, name
    heading_plain = plain(heading)
    known = _FIELDS.get(heading_plain)
    if known is not None:
        return known
    beside, _, rest = heading_plain.partition(" ")
    return _FIELDS.get(rest) if beside in _BESIDE else None


def columns_of(headings: Sequence[str], own: Collection[str] = ()) -> tuple[Column, ...]:
    """Guess all columns by their headings; `own` are the fields that the site defined."""
    columns: list[Column] = []
    given: set[Field] = set()
    for heading in headings:
        field, label = meaning_of(heading, own) or (Field.IGNORE, "")
        if field in given:
            field, label = Field.IGNORE, ""
        if field in _SINGLE:
            given.add(field)
        columns.append(Column(heading, field, label))
    return tuple(_names_told_apart(columns, given))


def columns_by_content(rows: Sequence[Sequence[str]]) -> tuple[Column, ...]:
    """Guess the columns of a file without headings by most of their cells; the first of texts is the name."""
    columns = []
    named = False
    for index in range(max(map(len, rows), default=0)):
        cells = [cell.strip() for row in rows for cell in row[index : index + 1] if cell.strip()]
        field = _by_content(cells)
        if field is Field.IGNORE and cells and not named:
            field, named = Field.NAME, True
        columns.append(Column(f"{index + 1}", field))
    return tuple(columns)


def is_header(row: Sequence[str], own: Collection[str] = ()) -> bool:
    """Say whether a row is headings: it has a word of ours, and nothing that a heading cannot be."""
    if any(_MAIL.search(cell) or _PHONE.fullmatch(cell.strip()) for cell in row):
        return False
    return any(meaning_of(cell, own) for cell in row)


def _by_content(cells: Sequence[str]) -> Field:
    for field, form in ((Field.MAIL, _MAIL), (Field.WEBSITE, _WEBSITE), (Field.PHONE, _PHONE)):
        if cells and sum(form.fullmatch(cell) is not None for cell in cells) * 2 > len(cells):
            return field
    return Field.IGNORE


def _names_told_apart(columns: Iterable[Column], given: Collection[Field]) -> Iterable[Column]:
    """A "Name" beside a first name is the last name; a first name that is alone is the name."""
    for column in columns:
        if column.field is Field.NAME and Field.FIRST_NAME in given and Field.LAST_NAME not in given:
            yield replace(column, field=Field.LAST_NAME)
        elif column.field is Field.FIRST_NAME and not {Field.LAST_NAME, Field.NAME} & set(given):
            yield replace(column, field=Field.NAME)
        else:
            yield column
