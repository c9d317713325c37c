"""Writes docs/rules.md: every rule of the catalogue with its explanation and examples, as the pages show them.

Run it after a rule was added: ``python -m config.rules.document > docs/rules.md``. A test holds that nobody forgets.
"""

from __future__ import annotations

import sys

from config.rules.book import RULES, Rule
from config.rules.examples import EXAMPLES

_HEAD = """\
# What `check` finds

`./switchroom check FOLDER` holds a site against the rules below and tells every mistake at once, each with file, line
and column, the rule, what is wrong, and how to mend it. With an error (E) a site cannot be published; with a warning
(W) it can, and somebody should look. `./switchroom check --explain E301` says the same as this page, and so do the
admin's pages. The examples are tests of Switchroom: what is shown as wrong is found, what is right has no findings.

| rules | about |
|---|---|
| E1xx | reading the files |
| E2xx | single values, and which keys there are |
| E3xx | the site as a whole: what would break a call, or lose something |
| W4xx | the site as a whole: what is hardly meant |
"""


def document() -> str:
    """Return the page."""
    parts = [_HEAD]
    for heading, letter in (("Errors", "E"), ("Warnings", "W")):
        parts.append(f"## {heading}\n")
        parts += [_section(rule) for rule in RULES.values() if rule.id.startswith(letter)]
    return "\n".join(parts)


def _section(rule: Rule) -> str:
    example = EXAMPLES[rule.id]
    if example.texts is None:
        shown = f"Wrong: {example.wrong}\n\nRight: {example.right}\n"
    else:
        shown = f"Wrong:\n\n```text\n{example.wrong}\n```\n\nRight:\n\n```text\n{example.right}\n```\n"
    return f"### {rule.id}: {rule.title}\n\n{rule.explanation}\n\n{shown}"


if __name__ == "__main__":
    sys.stdout.write(document())
