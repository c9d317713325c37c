"""Rules about the site's own recordings: every one that is to be played is there, in every language.

Looks into the site's folder; a single file has none, and then nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from config.findings import Finding, quoted
from config.languages import is_spoken
from config.recordings import FOLDER, FORM, Recordings
from config.schema import Site
from config.scope import Scope
from config.tree import Step


def recordings(site: Site) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Yield every recording a caller may hear, by name, with its path."""
    for name, menu in site.menus.items():
        if menu.play is not None:
            yield ("menus", name, "play"), menu.play
    for name, mailbox in site.mailboxes.items():
        if mailbox.greeting.play is not None:
            yield ("mailboxes", name, "greeting", "play"), mailbox.greeting.play
        if mailbox.closed is not None and mailbox.closed.play is not None:
            yield ("mailboxes", name, "closed", "play"), mailbox.closed.play


def missing_recordings(scope: Scope) -> Iterator[Finding]:
    """E323: every recording can be played in every language of the company."""
    if scope.folder is None:
        return
    there = Recordings(scope.folder)
    languages = [language for language in scope.site.company.languages if is_spoken(language)]
    for path, name in recordings(scope.site):
        missing = [language for language in languages if not there.has(language, name)]
        if missing:
            file = f"{FOLDER}/{missing[0]}/{name}.wav{', …' if missing[1:] else ''}"
            message = f"there is no recording {quoted(name)} in {', '.join(missing)}: callers would hear nothing"
            yield from scope.finding("E323", path, message, f"add {file} with {FORM}")
        for language in languages:
            fault = None if language in missing else there.fault(language, name)
            if fault is not None:
                message = f"{FOLDER}/{language}/{name}.wav cannot be played: {fault}"
                yield from scope.finding("E323", path, message, f"save it with {FORM}")
