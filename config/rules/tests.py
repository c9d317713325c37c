"""Rules about the site's own tests: each can be run, is told apart from the others, and says what it expects.

Whether a test passes is not known here: it is run in `callrouter.menu_tests`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from config.findings import Finding, nearest, quoted
from config.reading.tree import Step
from config.rules.names import instead
from config.rules.scope import Scope
from config.site_tests import SiteTest

#: The parts of a test that name somebody or something, by the section of the site that has it.
_ENDS = (
    ("department", "department", "departments"),
    ("person", "person", "people"),
    ("fax", "fax box", "faxboxes"),
    ("answered_by", "person", "people"),
)
_PEOPLE = ("logged_in", "busy", "away")


def unknown_names_in_tests(scope: Scope) -> Iterator[Finding]:
    """E360: what a test names is in the site."""
    boxes = {*scope.names("mailboxes"), *scope.names("departments"), *scope.names("people")}
    for index, test in enumerate(scope.site.tests):
        expect, path = test.expect, ("tests", index, "expect")
        for key, what, section in _ENDS:
            if (name := getattr(expect, key)) is not None:
                yield from _unknown(scope, (*path, key), name, what, scope.names(section))
        if expect.voicemail is not None:
            yield from _unknown(scope, (*path, "voicemail"), expect.voicemail, "mailbox", boxes)
        for place, name in enumerate(expect.through):
            known = {*scope.names("departments"), *scope.names("people")}
            yield from _unknown(scope, (*path, "through", place), name, "department or person", known)
        for place, name in enumerate(expect.path or ()):
            yield from _unknown(scope, (*path, "path", place), name, "menu", scope.names("menus"))
        if expect.language is not None:
            languages = scope.site.company.languages
            yield from _unknown(scope, (*path, "language"), expect.language, "language", languages)
        yield from _unknown_people(scope, index, test)


def _unknown_people(scope: Scope, index: int, test: SiteTest) -> Iterator[Finding]:
    for key in _PEOPLE:
        for place, name in enumerate(getattr(test, key) or ()):
            yield from _unknown(scope, ("tests", index, key, place), name, "person", scope.names("people"))


def _unknown(scope: Scope, path: tuple[Step, ...], name: str, what: str, known: Collection[str]) -> Iterator[Finding]:
    if name not in known:
        yield from scope.finding("E360", path, f"no {what} {quoted(name)}", instead(name, known))


def tests_of_one_name(scope: Scope) -> Iterator[Finding]:
    """E361: no two tests have the same name."""
    first: dict[str, int] = {}
    for index, test in enumerate(scope.site.tests):
        earlier = first.setdefault(test.name, index)
        if earlier != index:
            place = scope.key("tests", earlier, "name")
            message = f"there is a test {quoted(test.name)} already, in {place}"
            yield from scope.finding("E361", ("tests", index, "name"), message, "say what is different in this one")


def tests_at_no_time(scope: Scope) -> Iterator[Finding]:
    """E362: the time of a test comes on the site's clock."""
    zone = scope.site.company.zone
    for index, test in enumerate(scope.site.tests):
        if test.never_comes(zone):
            message = f"{test.call.at.isoformat()} never comes in {zone.key}: clocks are put on in that hour"
            mend = "write another time, or one with its zone such as 2026-03-29T01:30Z"
            yield from scope.finding("E362", ("tests", index, "call", "at"), message, mend)


def tests_that_assert_nothing(scope: Scope) -> Iterator[Finding]:
    """W470: a test expects something."""
    for index, test in enumerate(scope.site.tests):
        if test.expect.says_nothing:
            message = f"test {quoted(test.name)} expects nothing: whatever comes of the call, it passes"
            if test.expect.not_heard:
                message = f"test {quoted(test.name)} only expects not to hear something: silence passes, too"
            mend = "add `expect:` with at least a `department:`, `person:`, `voicemail:`, `fax:` or `outcome:`"
            yield from scope.finding("W470", ("tests", index, "name"), message, mend)


def tests_of_strange_numbers(scope: Scope) -> Iterator[Finding]:
    """W471: a test calls a number of the site."""
    for index, test in enumerate(scope.site.tests):
        if scope.site.find_number(test.call.to) is None and test.expect.outcome != "unknown_number":
            near = nearest(test.call.to, scope.site.numbers)
            mend = f"did you mean {near}?" if near else "call one of `numbers:`"
            message = f"{quoted(test.call.to)} is no number of the site"
            yield from scope.finding("W471", ("tests", index, "call", "to"), message, mend)
