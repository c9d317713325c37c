"""Rules about the site's own recordings: every one that is to be played is there, in every language.

Looks into the site's folder; a single file has none, and then nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from config.findings import Finding, Position, nearest, quoted
from config.languages import is_spoken
from config.reading.tree import Step
from config.recordings import FOLDER, FORM, SUFFIXES
from config.rules.book import found
from config.rules.scope import Scope
from config.rules.spoken import LONGEST_PROMPT
from config.schema import Site


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
    there = scope.recordings
    if there is None:
        return
    languages = [language for language in scope.site.company.languages if is_spoken(language)]
    for path, name in recordings(scope.site):
        missing = [language for language in languages if not there.has(language, name)]
        if missing:
            file = f"{FOLDER}/{missing[0]}/{name}.wav{', …' if missing[1:] else ''}"
            message = f"there is no recording {quoted(name)} in {', '.join(missing)}: callers would hear nothing"
            yield from scope.finding("E323", path, message, f"add {file} with {FORM}")
        for language in languages:
            fault = None if language in missing else there.heard(language, name).fault
            if fault is not None:
                message = f"{FOLDER}/{language}/{name}.wav cannot be played: {fault}"
                yield from scope.finding("E323", path, message, f"save it with {FORM}")


def unheard_recordings(scope: Scope) -> Iterator[Finding]:
    """W443, W444: something is heard in every recording that is played, and no caller must listen for long."""
    there = scope.recordings
    if there is None:
        return
    for path, name in recordings(scope.site):
        for language in scope.site.company.languages:
            heard = there.heard(language, name)
            if heard.fault is not None:
                continue
            if heard.silent:
                message = f"nothing is heard in {FOLDER}/{language}/{name}.wav"
                yield from scope.finding("W443", path, message, "record it again, louder")
            elif heard.seconds > LONGEST_PROMPT:
                message = f"{FOLDER}/{language}/{name}.wav takes {heard.seconds:.0f} s: callers do not listen so long"
                yield from scope.finding("W444", path, message, f"shorten it to {LONGEST_PROMPT} s or less")


def useless_recordings(scope: Scope) -> Iterator[Finding]:
    """E102, W445: what lies among the recordings is played, and lies there itself."""
    there = scope.recordings
    if there is None:
        return
    used = {name for _, name in recordings(scope.site)}
    for language, file in there.files():
        place = Position(str(there.site / FOLDER / language / file))
        if there.leads_out(language, file):
            message = "this link leads out of the folder"
            yield found("E102", place, message, "copy the recording here")
            continue
        name, _, suffix = file.rpartition(".")
        if language not in scope.site.company.languages:
            mend = f"add {quoted(language)} to the company's `languages:`, or delete it"
        elif f".{suffix}" not in SUFFIXES:
            mend = f"save it as .wav with {FORM}, or delete it"
        elif name not in used:
            near = nearest(name, used)
            mend = "name it in `play:`, or delete it"
            mend = mend if near is None else f"did you mean {near}.{suffix}? else {mend}"
        else:
            continue
        yield found("W445", place, f"nobody ever hears {FOLDER}/{language}/{file}", mend)
