"""Everything that a site says, one line for each text and language: where it is said, and whether callers hear it yet.

Pure. Owns the order, the search and the words for places; sounds and files are not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from config.rules.recordings import recordings
from config.schema import Site
from config.values import DEFAULT_LANGUAGE, Prompt
from ivr import phrases
from ivr.speech.spoken import Spoken

_ONE_OF = {"menus": "menu", "mailboxes": "mailbox"}


class Shown(StrEnum):
    """Which lines are wanted."""

    ALL = "all"
    CHANGED = "changed"
    UNUSED = "unused"


@dataclass(frozen=True)
class Place:
    """Where something is said, and the page on which it is edited."""

    words: str
    path: str


@dataclass(frozen=True)
class Line:
    """A text in one language. `ours` is one that the site leaves to us; `changed` one that callers do not hear yet."""

    spoken: Spoken
    places: tuple[Place, ...]
    ours: bool
    changed: bool


def lines(draft: Site, served: Site) -> tuple[Line, ...]:
    """Return all that the draft says, what the site words itself first, each text of a language once."""
    heard = {spoken.normal() for spoken in phrases.everything(served)}
    found: dict[Spoken, tuple[list[Place], bool]] = {}
    for spoken, place, ours in _said(draft):
        places, was_ours = found.setdefault(spoken, ([], True))
        if place not in places:
            places.append(place)
        found[spoken] = (places, was_ours and ours)
    every = [Line(s, tuple(places), ours, s.normal() not in heard) for s, (places, ours) in found.items()]
    return tuple(sorted(every, key=lambda line: line.ours))


def chosen(all_lines: tuple[Line, ...], *, words: str = "", language: str = "", shown: Shown = Shown.ALL) -> list[Line]:
    """Return those in a language with all of these words in the text or its places."""
    wanted = words.casefold().split()
    return [
        line for line in all_lines
        if (not language or line.spoken.language == language)
        and (shown is not Shown.CHANGED or line.changed)
        and shown is not Shown.UNUSED  # every text is said somewhere; what nobody plays are recordings
        and all(word in _searched(line) for word in wanted)
    ]  # fmt: skip


def ours(site: Site, text: str, language: str) -> tuple[str, ...]:
    """Return the phrases that the site leaves to us in a language, and that say this there."""
    mine = {language, DEFAULT_LANGUAGE} if language == site.company.language else {language}
    return tuple(
        name
        for name in phrases.said_here(site)
        if not (name in site.phrases and mine & site.phrases[name].texts.keys())
        and phrases.phrase(site, name, language).text == text
    )


def places_of_recordings(site: Site) -> Mapping[str, tuple[Place, ...]]:
    """Return where each recording is played, by its name."""
    found: dict[str, list[Place]] = {}
    for path, name in recordings(site):
        section, entry, *rest = (str(step) for step in path)
        what = "greeting outside hours" if rest[0] == "closed" else "greeting" if section == "mailboxes" else "menu"
        found.setdefault(name, []).append(_place(section, entry, what))
    return {name: tuple(places) for name, places in found.items()}


def _searched(line: Line) -> str:
    return f"{line.spoken.text} {' '.join(place.words for place in line.places)}".casefold()


def _said(site: Site) -> Iterator[tuple[Spoken, Place, bool]]:
    for prompt, place in _prompts(site):
        for language in site.company.languages:
            yield phrases.spoken(site, prompt, language), place, False
    for name in phrases.said_here(site):
        for language in site.company.languages:
            theirs = site.phrases.get(name)
            ours = theirs is None or not theirs.texts
            yield phrases.phrase(site, name, language), Place(f"phrase {name}", "/site/edit/phrases"), ours


def _prompts(site: Site) -> Iterator[tuple[Prompt, Place]]:
    for name, menu in site.menus.items():
        said = {
            "menu": menu.say,
            "after silence": menu.silence.say,
            "after a mistake": menu.mistake.say,
            "closed": menu.closed.say if menu.closed is not None else None,
            **{f"key {key}": choice.say for key, choice in menu.keys.items()},
        }
        for what, prompt in said.items():
            if prompt is not None:
                yield prompt, _place("menus", name, what)
    for name, box in site.mailboxes.items():
        greetings = {"greeting": box.greeting.say, "greeting outside hours": box.closed.say if box.closed else None}
        for what, prompt in greetings.items():
            if prompt is not None:
                yield prompt, _place("mailboxes", name, what)


def _place(section: str, entry: str, what: str) -> Place:
    return Place(f"{_ONE_OF[section]} {entry}: {what}", f"/site/edit/{section}/{entry}")
