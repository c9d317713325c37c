"""Rules about what callers are told to press: what is announced works, and what works is announced.

Reads spoken texts by `config.rules.announcements`; what a recording says cannot be read, and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from config.findings import Finding, quoted
from config.reading.tree import Step
from config.rules.announcements import Announced, Announcements, announced, is_read
from config.rules.book import found
from config.rules.scope import Scope
from config.schema import Menu, Site
from config.values import DEFAULT_LANGUAGE, Prompt

#: So long a number is that of a telephone, and no key, unless the menu has keys as long.
_TELEPHONE = 3
#: Who does not know of these keys misses nothing.
_OPTIONAL = frozenset({"back", "repeat"})


def dead_keys(scope: Scope) -> Iterator[Finding]:
    """W440: a key that callers are told to press does something."""
    site = scope.site
    phones = frozenset(person.phone for person in site.people.values())
    for name, menu in site.menus.items():
        if not (menu.keys or menu.direct_dial):
            continue
        # Behind a number that is dialled the sign only ends it; some keys work while callers wait, later on.
        dialled = phones | {"#"} if menu.direct_dial else frozenset()
        later = _keys_of_lines(site, menu)
        longest = max(map(len, (*menu.keys, *dialled)))
        for path, one in _claims(name, menu, site.company.language):
            if one.key in menu.keys or one.key in dialled or one.key in later:
                continue
            if (len(one.key) >= _TELEPHONE and len(one.key) > longest) or scope.is_from_outside(path):
                continue
            message = f"callers are told to press {one.key}, which does nothing in menu {quoted(name)}"
            yield found("W440", scope.within(path, one.index), message, f"add key {one.key}, or mend the text")


def untold_keys(scope: Scope) -> Iterator[Finding]:
    """W441: a key that does something is announced, in every language."""
    first = scope.site.company.language
    for name, menu in scope.site.menus.items():
        if menu.play is not None or menu.say is None or not menu.keys:
            continue
        texts = {first if written == DEFAULT_LANGUAGE else written: said for written, said in _read(menu.say, first)}
        pressed = (one.key for said in texts.values() for one in said.pressed)
        if not any(len(key) < _TELEPHONE or key in menu.keys for key in pressed):
            continue  # the text announces in a way that cannot be read here, or nothing at all
        more = [said for path, prompt in _said(name, menu)[1:] for _, said in _read(prompt, first)]
        for key, choice in menu.keys.items():
            if choice.go is not None and choice.go.kind in _OPTIONAL:
                continue
            untold = [
                language
                for language, said in texts.items()
                if not (choice.go is None and choice.language == language)  # who speaks it needs no such key
                and key not in said.named
                and not any(key in other.named for other in more)
            ]
            if untold:
                message = f"no caller is told of key {quoted(key)} in {', '.join(untold)}"
                mend = "announce it in `say:`, or delete the key"
                yield from scope.finding_at_key("W441", ("menus", name, "keys", key), message, mend)


def _claims(name: str, menu: Menu, first: str) -> Iterator[tuple[tuple[Step, ...], Announced]]:
    """Yield every key that callers are told to press while the menu waits for one, with the path of the text."""
    for path, prompt in _said(name, menu):
        for written, said in _read(prompt, first):
            for one in said.pressed:
                yield (*path, "texts", written), one


def _keys_of_lines(site: Site, menu: Menu) -> set[str]:
    """Return the keys by which callers leave the lines that the menu leads to at once."""
    goes = (choice.go.name for choice in menu.keys.values() if choice.go is not None)
    return {key for name in goes if name in site.departments for key in site.departments[name].leave}


def _said(name: str, menu: Menu) -> list[tuple[tuple[Step, ...], Prompt]]:
    """Return what callers hear while the menu waits for a key; what it says first is first."""
    parts = (("say",), menu.say), (("silence", "say"), menu.silence.say), (("mistake", "say"), menu.mistake.say)
    return [(("menus", name, *path), prompt) for path, prompt in parts if prompt is not None]


def _read(prompt: Prompt, first: str) -> Iterator[tuple[str, Announcements]]:
    """Yield what each text announces that can be read, by the key under which it is written."""
    for written, text in prompt.texts.items():
        language = first if written == DEFAULT_LANGUAGE else written
        if is_read(language):
            yield written, announced(text, language)
