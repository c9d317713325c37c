"""Sites at the limits of what is read: none keeps the processor for long or is answered with findings without end."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from config.few_alike import MOST_ALIKE, FewAlike
from config.findings import Finding, Position
from config.load import load_site
from config.reading.yaml_text import MOST_ENTRIES

_COMPANY = "company: {name: A, country: LT, timezone: Europe/Vilnius, languages: [en]}\n"
_SITE = _COMPANY + 'numbers: {"+37052000000": {menu: main}}\nmenus: {main: {say: Hi, keys: {1: hangup}}}\n'
#: Of processor, on a machine with other things to do as well; on a quiet one it is less than a second.
_SECONDS = 2.5
_MANY = MOST_ENTRIES - 100


def _row(entry: str, count: int = _MANY) -> str:
    return ", ".join(entry.replace("#", str(number)) for number in range(count))


#: A variable that is not set; an hour of each day; hours with a time zone.
_UNSET, _DAILY = '"${ENV:A#}"', "'mon-sun 09:00-10:00'"
_ZONED = "h#: {timezone: Europe/Vilnius, open: ['mon 09:00-10:00']}"


def _files(section: str, entry: str, lists: int = 14) -> dict[str, str]:
    return {f"f{one}.yaml": f"{section}: {{{entry.replace('@', str(one))}}}" for one in range(lists)}


SITES = {
    "variables": _files("phrases", f"x@: [{_row(_UNSET)}]", 8),
    "hours of a week": _files("hours", f"o@: {{open: [{_row(_DAILY)}]}}", 10),
    "days": _files("hours", f"o@: {{open: ['mon 09:00-10:00'], closed_on: [{_row('a#')}]}}", 4),
    "time zones": {"f.yaml": f"hours: {{{_row(_ZONED)}}}"},
    "keys": _files("menus", f"k@: {{say: Hi, keys: {{{_row('#: q#', 4_900)}}}}}"),
    "keys with nothing": _files("menus", f"k@: {{say: Hi, keys: {{{_row('a#: ')}}}}}", 3),
    "menus in circles": {
        f"f{k}.yaml": "menus: {"
        + ", ".join(f"m{m}: {{say: Hi, keys: {{1: m{m * 7 % 5_900}, 2: m{m + 1}}}}}" for m in range(k, 5_900, 6))
        + "}"
        for k in range(6)
    },
    "departments": {"f.yaml": f"departments: {{{_row('d#: {nobody: d1#}')}}}"},
}


@pytest.mark.parametrize("files", SITES.values(), ids=SITES.keys())
def test_what_is_just_allowed_is_checked_soon_and_told_shortly(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in {"a.yaml": _SITE, **files}.items():
        (tmp_path / name).write_text(text)
    began = time.process_time()
    loaded = load_site(tmp_path)
    took = time.process_time() - began
    alike = Counter((finding.position.file, finding.rule) for finding in loaded.findings)
    assert max(alike.values()) <= MOST_ALIKE + 1
    assert took < _SECONDS


@pytest.mark.parametrize(
    ("files", "rule", "line"),
    [
        ({"f.yaml": f"tests: [{_row('1', MOST_ENTRIES + 2)}]"}, "E107", "more than 10,000 entries"),
        ({"f.yaml": f"hours: {{{_row('h#: 1', MOST_ENTRIES + 2)}}}"}, "E107", "more than 10,000 entries"),
        (_files("hours", f"{_row('h@_#: 1', 6_000)}", 2), "E107", "more than 10,000 entries"),
        ({f"f{one}.yaml": f"tests: [{_row('1', 6_000)}]" for one in "ab"}, "E107", "more than 10,000 entries"),
        (_files("phrases", f"x@: [{_row('1')}]", 16), "E107", "more than 150,000 keys and values"),
        ({"f.yaml": f"phrases: {{x: [{_row(_UNSET, 1_000)}]}}"}, "E110", "and 800 more of this rule"),
        ({f"f{one}.yaml": f"hours: {{{_row('h#: 1', 900)}}}" for one in "ab"}, "E109", "and 700 more of this rule"),
    ],
    ids=["list", "mapping", "section of two files", "list of two files", "values", "variables", "twice"],
)
def test_too_much_is_told_in_one_line(tmp_path: Path, files: dict[str, str], rule: str, line: str) -> None:
    for name, text in {"a.yaml": _SITE, **files}.items():
        (tmp_path / name).write_text(text)
    loaded = load_site(tmp_path)
    assert loaded.site is None
    assert len([one for one in loaded.findings if one.rule == rule and line in one.message]) == 1


def test_few_of_a_rule_are_told_as_they_are() -> None:
    few = FewAlike()
    told = [Finding(Position("a", line), "E110", "error", "x") for line in range(1, MOST_ALIKE + 4)]
    few.add_all(told[:MOST_ALIKE])
    assert few.told({}) == tuple(told[:MOST_ALIKE])
    few.add_all(told[MOST_ALIKE:])
    *first, last = few.told({("a", "E110"): 7})
    assert (first, last.position.line, last.message) == (
        told[:MOST_ALIKE], MOST_ALIKE + 1, "and 10 more of this rule in this file"
    )  # fmt: skip
