"""An example of each rule: a site that breaks it, with the place, and one that keeps it.

Owns the sample that is spoiled, and how the part that matters is shown; `tests/config` loads every example. The words
are in `config.rules.examples_*`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from types import MappingProxyType

from config.rules.examples_errors import ERRORS
from config.rules.examples_menus import MENUS
from config.rules.examples_tests import TESTS
from config.rules.examples_warnings import WARNINGS

#: Stands in a text where the finding belongs; taken out before the text is read or shown.
MARK = "§"
#: Longer lines are cut where they are shown.
_LONGEST_LINE = 110

#: A site without findings.
SAMPLE = """\
company: {name: Acme, country: LT, timezone: Europe/Vilnius, languages: [en, lt]}
numbers:
  "+370 5 200 0000": {menu: main}
menus:
  main:
    say: {en: Welcome., lt: Sveiki.}
    keys:
      1: sales
      2: {go: ann}
    silence: {go: sales}
    mistake: {go: sales}
departments:
  sales: {hours: office, closed: hangup, mailbox: sales@acme.example}
people:
  ann: {name: Ann Doe, phone: 101, departments: [sales]}
  bob: {name: Bob Roe, phone: 102}
hours:
  office:
    open: ["mon-fri 09:00-18:00"]
    holidays: LT
mail: {server: mail.acme.example, sender: switchroom@acme.example}
emergency: {phones: [ann]}
"""

#: Each old text, which stands in the sample once, and what stands there in its place.
Edits = tuple[tuple[str, str], ...]


def spoiled(*edits: tuple[str, str]) -> str:
    """Return the sample with each old text replaced by the new one; marks stay in it."""
    text = SAMPLE
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the site"
        text = text.replace(old, new)
    return text


@dataclass(frozen=True)
class Example:
    """What breaks a rule, and what keeps it: a site each, or words where the folder and not a text is at fault."""

    rule: str
    #: The text that breaks the rule, with marks, and the one that keeps it.
    texts: tuple[str, str] | None = None
    words: tuple[str, str] | None = None
    #: What ``${ENV:NAME}`` in the texts means.
    env: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def wrong(self) -> str:
        """Return what breaks the rule, to be shown; a sign below each place that `check` names."""
        if self.texts is None:
            return self.words[0] if self.words is not None else ""
        return _excerpt(self.texts[0], self.texts[1], self.rule)

    @property
    def right(self) -> str:
        """Return what keeps the rule, to be shown."""
        if self.texts is None:
            return self.words[1] if self.words is not None else ""
        return _excerpt(self.texts[1], self.texts[0], "")


def _excerpt(text: str, other: str, rule: str) -> str:
    """Return the lines in which a text differs from the other one, with what they belong to."""
    lines, others = text.splitlines(), other.replace(MARK, "").splitlines()
    plain = [line.replace(MARK, "") for line in lines]
    shown: set[int] = set()
    changes = [
        change for change in SequenceMatcher(a=plain, b=others, autojunk=False).get_opcodes() if change[0] != "equal"
    ]
    for _, begin, end, _, _ in changes:
        shown.update(range(begin, end))
    shown.update(index for index, line in enumerate(lines) if MARK in line)
    if not shown:  # the other one only has more: then show where
        shown.update(max(begin - 1, 0) for _, begin, _, _, _ in changes)
    for index in sorted(shown):
        shown.update(_above(plain, index))
    result: list[str] = []
    for index in sorted(shown):
        result.append(_cut(plain[index]))
        column = lines[index].find(MARK)
        if rule and 0 <= column < _LONGEST_LINE:
            result.append(f"#{' ' * (column - 1)}^ {rule}" if column else f"# ↑ {rule}")
    return "\n".join(result)


def _above(lines: list[str], index: int) -> list[int]:
    """Return the lines that a line belongs to: the nearest ones above it that are indented less."""
    found: list[int] = []
    indent = len(lines[index]) - len(lines[index].lstrip())
    for above in range(index - 1, -1, -1):
        its = len(lines[above]) - len(lines[above].lstrip())
        if its < indent:
            found.append(above)
            indent = its
    return found


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"


def _example(rule: str, wrong: Edits | str, right: Edits | str, env: dict[str, str] | None = None) -> Example:
    if isinstance(wrong, str) or isinstance(right, str):
        return Example(rule, words=(str(wrong), str(right)))
    return Example(rule, (spoiled(*wrong), spoiled(*right)), env=MappingProxyType(env or {}))


#: The example of every rule, by its id.
EXAMPLES = MappingProxyType({words[0]: _example(*words) for words in sorted((*ERRORS, *WARNINGS, *MENUS, *TESTS))})
