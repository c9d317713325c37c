"""How one value of a site is said in a sentence: a duration, a place to go, a list, a spoken text.

Knows the values of the schema, not where they stand nor what became of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from config.diff.differences import is_secret
from config.schema import Number, Site
from config.values import DEFAULT_LANGUAGE, Destination, Prompt

_LANGUAGES = {
    "be": "Belarusian", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "en": "English",
    "es": "Spanish", "et": "Estonian", "fi": "Finnish", "fr": "French", "hu": "Hungarian", "it": "Italian",
    "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian",
}  # fmt: skip
#: What some keys are called when a part is told as a whole.
_LEADING = {"go": "to", "hours": "outside of"}
#: A text is quoted so far; the rest is in the text form of the comparison.
_LONGEST = 200


def language(code: str, site: Site) -> str:
    """Return the name of a language, or its code where we know no name."""
    code = site.company.language if code == DEFAULT_LANGUAGE else code
    return _LANGUAGES.get(code, code)


def seconds(value: float) -> str:
    """Say a duration.

    >>> [seconds(value) for value in (0.4, 20.0, 90.0, 120.0, 7200.0)]
    ['0.4 s', '20 s', '90 s', '2 min', '2 h']
    """
    for size, unit in ((3600, "h"), (60, "min")):
        if value >= 2 * size and value % size == 0:
            return f"{value / size:g} {unit}"
    return f"{value:g} s"


def place(destination: Destination, site: Site) -> str:
    """Say where a caller is led to."""
    kind, name = destination.kind, destination.name
    if kind == "name":
        try:
            return place(site.resolve(destination), site)
        except KeyError:
            return f"{name}, which is not there"
    match kind:
        case "menu":
            return f"the menu {name}"
        case "department":
            return f"the department {name}"
        case "person":
            return site.people[name].name if name in site.people else f"the person {name}"
        case "voicemail":
            return f"voicemail {name}"
        case "fax":
            return f"fax box {name}"
        case "back":
            return "the menu before"
        case "repeat":
            return "the same menu once more"
        case _:
            return "the end of the call"


def quote(text: str) -> str:
    """Quote a text, as one line and not without end."""
    line = " ".join(text.split())
    return f"“{line if len(line) <= _LONGEST else line[: _LONGEST - 1] + '…'}”"


def listed(words: Iterable[str]) -> str:
    """Join words as a sentence does.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    all_ = list(words)
    return all_[0] if len(all_) == 1 else f"{', '.join(all_[:-1])} and {all_[-1]}" if all_ else "nothing"


def said(value: Any, site: Site) -> str:
    """Say any value of the schema."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case float():
            return seconds(value)
        case int():
            return str(value)
        case str():
            return value if value.isprintable() and value and len(value) <= 40 else quote(value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case Destination():
            return place(value, site)
        case Prompt():
            return listed(f"{quote(text)} ({language(code, site)})" for code, text in value.texts.items())
        case Number():
            return place(value.entry, site) if value.menu or value.go else "nothing"
        case BaseModel():
            return _parts(value, site)
        case dict():
            return listed(f"{key} {said(one, site)}" for key, one in value.items())
        case tuple() | list():
            return listed(said(one, site) for one in value)
        case _:
            return quote(str(value))


def _parts(value: BaseModel, site: Site) -> str:
    """Say what was written of a part; what is secret is only named."""
    words = []
    for name, field in type(value).model_fields.items():
        key, one = field.alias or name, getattr(value, name)
        if name in value.model_fields_set and one not in (None, (), {}):
            shown = "…" if is_secret(key, field, one) else said(one, site)
            words.append(f"{_LEADING.get(key, key.replace('_', ' '))} {shown}")
    return listed(words) if words else "nothing of its own"
