"""A difference in words: which entry it is of, and the sentence, its own or a general one.

Owns how the tables of `phrasing` are used; secrets are named here and never shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from config.diff import values
from config.diff.arrivals import choice, detail
from config.diff.differences import Difference, same
from config.diff.model import Change, Kind
from config.diff.phrasing import MEMBERS, PHRASES, SPEAKS, TOGGLES, VALUES, Phrase
from config.schema import Choice, Person, Site
from config.values import DEFAULT_LANGUAGE, Prompt

#: What an entry of a section is called; where a section is not named, its entries are called by it.
_ENTRIES = {
    "numbers": "the number {}",
    "menus": "the menu {}",
    "departments": "the department {}",
    "people": "{}",
    "hours": "the hours {}",
    "mailboxes": "the mailbox {}",
    "faxboxes": "the fax box {}",
    "connectors": "the connector {}",
    "phrases": "the phrase {}",
    "voices": "the voice for {}",
    "tests": "the test {}",
    "pause_reasons": "the reason {} for a pause",
}

#: What is done by phone with a PIN.
_BY_PHONE = {"closing": "closing the line", "recording": "recordings"}

#: The values differ and are said alike: a name with and without its kind, or a text beyond what is quoted.
_REWRITTEN = "{what} is written in another way, and is {new} as before"


@dataclass(frozen=True, slots=True)
class Sides:
    """The two sites that a difference is between: what is named in a sentence is named as its own site does."""

    old: Site
    new: Site

    def tell(self, found: Difference) -> Iterator[Change]:
        """Yield the sentences of a difference: mostly one."""
        section = str(found.path[0])
        subject = str(found.path[1]) if len(found.path) > 1 else section
        kind: Kind = "added" if found.old is None else "removed" if found.new is None else "changed"
        for text in self._texts(found):
            yield Change(section, subject, kind, text, found.path)

    def _texts(self, found: Difference) -> Iterator[str]:
        pattern, words = _pattern(found), self._names(found)
        if found.secret:
            yield self._secret(found, words)
        elif len(found.path) == 2 and found.path[0] in _ENTRIES and (found.old is None or found.new is None):
            yield self._entry(found, words)
        elif isinstance(found.old or found.new, Prompt):
            yield from self._spoken(found, SPEAKS.get(pattern, "{what} says"), words)
        elif pattern == "company.languages" and found.old and found.new:
            yield from self._languages(found, words)
        elif isinstance(found.old, tuple) and isinstance(found.new, tuple):
            yield from self._members(found, MEMBERS.get(pattern), words)
        elif pattern in TOGGLES and isinstance(found.new, bool):
            yield TOGGLES[pattern][0 if found.new else 1].format(**words)
        else:
            yield self._value(found, PHRASES.get(pattern, Phrase()), words)

    def _names(self, found: Difference) -> dict[str, str]:
        section, *rest = (str(step) for step in found.path)
        last = str(found.path[-1])
        if section in _ENTRIES and rest:
            return {
                "who": self._entry_name(section, rest[0]),
                "name": rest[0],
                "key": str(found.path[3]) if len(found.path) > 3 and found.path[2] in ("keys", "leave") else "",
                "what": self._what(self._entry_name(section, rest[0]), rest[1:]),
                "last": last,
            }
        what = self._what(_human(section), rest)
        return {"who": _human(section), "name": section, "key": "", "last": last, "what": what}

    def _entry_name(self, section: str, name: str) -> str:
        if section == "people":
            person: Person | None = self.old.people.get(name) or self.new.people.get(name)
            return person.name if person is not None else name
        if section == "voices":
            name = values.language(name, self.new)
        return _ENTRIES[section].format(name)

    @staticmethod
    def _what(who: str, rest: list[str]) -> str:
        return f"{' '.join(_human(step) for step in rest)} of {who}" if rest else who

    def _secret(self, found: Difference, words: dict[str, str]) -> str:
        last = str(found.path[-1])
        done = "is set now" if found.old is None else "is gone" if found.new is None else "was changed"
        if found.path[0] == "by_phone" and last == "pin":
            return f"the PIN for {_BY_PHONE.get(str(found.path[1]), 'deeds')} by phone {done}"
        what = words["what"].replace(_human(last), "PIN" if last == "pin" else _human(last), 1)
        return f"the {what} {done}"

    def _entry(self, found: Difference, words: dict[str, str]) -> str:
        if found.new is None:
            return f"{words['who']} is gone"
        return f"{words['who']} is new{detail(str(found.path[0]), found.new, self.new)}"

    def _spoken(self, found: Difference, lead: str, words: dict[str, str]) -> Iterator[str]:
        said = lead.format(**words)
        before, after = _by_language(found.old, self.old), _by_language(found.new, self.new)
        for code in dict.fromkeys((*before, *after)):
            old, new, language = before.get(code), after.get(code), values.language(code, self.new)
            if new is None:
                yield f"{said} nothing in {language} any more"
            elif old != new:
                yield f"{said} in {language}: {values.quote(new)}" + (f", not {values.quote(old)}" if old else "")

    def _members(self, found: Difference, own: tuple[str, str] | None, words: dict[str, str]) -> Iterator[str]:
        more, less = own or ("{what}: {one} was added", "{what}: {one} was taken away")
        told = False
        for one in found.old:
            if not any(same(one, other) for other in found.new):
                told = True
                yield less.format(**words, one=self._one(found, one, self.old))
        for one in found.new:
            if not any(same(one, other) for other in found.old):
                told = True
                yield more.format(**words, one=self._one(found, one, self.new))
        if not told:
            yield f"{words['what']}: the order is now {values.said(found.new, self.new)}"

    def _languages(self, found: Difference, words: dict[str, str]) -> Iterator[str]:
        """Tell the first language by itself: callers who have chosen none hear it."""
        first, before = found.new[0], found.old[0]
        if first != before:
            new, old = values.language(first, self.new), values.language(before, self.old)
            yield f"callers who have chosen no language now hear {new} instead of {old}"
        if first == before or set(found.old) != set(found.new):
            yield from self._members(found, MEMBERS["company.languages"], words)

    @staticmethod
    def _one(found: Difference, one: Any, site: Site) -> str:
        if isinstance(one, str) and found.path[-1] in ("people", "phones", "emergency_phones"):
            return site.people[one].name if one in site.people else one
        return values.language(one, site) if found.path[-1] == "languages" else values.said(one, site)

    def _value(self, found: Difference, phrase: Phrase, words: dict[str, str]) -> str:
        old, new = self._said(found.old, self.old, found), self._said(found.new, self.new, found)
        if found.old is None:
            sentence = phrase.added or "{what} is now {new}; nothing was said before"
        elif found.new is None:
            sentence = phrase.removed or "{what} is no longer given; it was {old}"
        else:
            sentence = phrase.changed or "{what} is now {new} instead of {old}"
            if old == new:
                sentence = _REWRITTEN
        return sentence.format(**words, old=old, new=new)

    @staticmethod
    def _said(value: Any, site: Site, found: Difference) -> str:
        if isinstance(value, Choice):
            return choice(value, site, before=found.new is None)
        words = VALUES.get(str(found.path[-1]), {})
        if isinstance(value, str | int) and value in words:
            return words[value]
        if found.path[-1] == "language" and isinstance(value, str):
            return values.language(value, site)
        return values.said(value, site)


def _by_language(prompt: Prompt | None, site: Site) -> dict[str, str]:
    """Return the texts; one without a language is in the first, so that a second one may come to it unnoticed."""
    texts = dict(prompt.texts) if prompt else {}
    if (bare := texts.pop(DEFAULT_LANGUAGE, None)) is not None:
        texts = {site.company.language: bare} | texts
    return texts


def _pattern(found: Difference) -> str:
    """Return the path with a star for every name."""
    path = [str(step) for step in found.path]
    if path[0] in _ENTRIES and len(path) > 1:
        path[1] = "*"
    if len(path) > 3 and path[2] in ("keys", "leave"):
        path[3] = "*"
    if len(path) > 3 and path[-2] in ("as", "skills"):
        path[-1] = "*"
    return ".".join(path)


def _human(step: str) -> str:
    return step.replace("_", " ")
