"""`check`: every mistake of a site at once, a line each; and what a rule means."""

from __future__ import annotations

from pathlib import Path

from config.findings import nearest
from config.load import load_site
from config.rules.book import RULES
from config.rules.examples import EXAMPLES
from server.terminal import Foreseen, environment, put, put_json


def run(site: Path, *, json: bool, errors_only: bool = False) -> int:
    """Print the findings, or the errors among them; return 0 without any, 1 with some, 2 if the site cannot be used."""
    loaded = load_site(site, environment())
    shown = [finding for finding in loaded.findings if finding.severity == "error" or not errors_only]
    hidden = len(loaded.findings) - len(shown)
    if json:
        put_json(
            {
                "usable": loaded.site is not None,
                "version": loaded.site.version if loaded.site else None,
                "findings": [
                    {
                        "file": str(f.position.file),
                        "line": f.position.line,
                        "column": f.position.column,
                        "rule": f.rule,
                        "severity": str(f.severity),
                        "message": f.message,
                        "mend": f.mend,
                    }
                    for f in shown
                ],
                "warnings_not_shown": hidden,
            }
        )
    else:
        for finding in shown:
            put(str(finding))
        if hidden:
            put(f"{site}: {hidden} {'warning' if hidden == 1 else 'warnings'} not shown")
        if not loaded.findings and loaded.site is not None:
            put(f"{site}: no findings, version {loaded.site.version}")
    if loaded.site is None:
        return 2
    return 1 if loaded.findings else 0


def explain(rule: str, *, json: bool) -> int:
    """Print what a rule means, with an example that breaks it and one that keeps it.

    Raises:
        Foreseen: there is no such rule.
    """
    asked = rule.strip().upper()
    if asked not in RULES:
        near = nearest(asked, RULES)
        hint = f"did you mean {near}? " if near else ""
        raise Foreseen(f"there is no rule {rule[:40]!r}; {hint}docs/rules.md lists them all")
    entry, example = RULES[asked], EXAMPLES[asked]
    if json:
        put_json(
            {
                "rule": entry.id,
                "severity": entry.severity,
                "title": entry.title,
                "explanation": entry.explanation,
                "wrong": example.wrong,
                "right": example.right,
            }
        )
        return 0
    put(f"{entry.id} {entry.severity}: {entry.title}")
    put()
    put(entry.explanation)
    for head, shown in (("wrong", example.wrong), ("right", example.right)):
        put()
        put(f"{head}:")
        for line in shown.splitlines():
            put(f"    {line}")
    return 0
