"""`try`: one call through the menus of a site in the terminal, at any date and hour, before it rings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from callrouter import story
from callrouter.rehearsal.situation import SPEAKS, Situation
from callrouter.steps import as_event
from config.load import require_site
from config.schema import Site
from ivr import rehearsal
from ivr.conversation import Utterance
from ivr.rehearsal import Rehearsal, TimedStep
from ivr.simulator import BadScript, guess_duration, script
from ivr.speech.errors import NoEngine
from ivr.speech.spoken import Spoken
from ivr.speech.store import PromptStore
from ivr.typed_caller import TypedCaller, keys_of
from ledger.clock import ManualClock
from pbx.installation import default_cache
from reports.text import printable
from server.commands import try_whole
from server.commands.try_whole import Around
from server.settings import Settings
from server.studio.trying.moment import NoMoment, read_moment
from server.terminal import Foreseen, complain, environment, foreseen, put, put_json, remark, stderr

T = TypeVar("T")
#: Nobody types more keys in one line.
LONGEST_LINE = 1_000
#: Everybody is logged in, and the caller stays on the line.
USUAL = Around()


def run(
    site: Path, *, to: str, caller: str, at: str | None, keys: str | None, json: bool, around: Around = USUAL
) -> int:
    """Walk one call and tell each step; return 0, or 1 when the number dialled is not in use.

    With `keys`, or where `around` says what is not as usual, the whole call is told, to its end. Without both, keys are
    read from the terminal, a line at a time, and the walk ends where the menus do; Enter alone is silence, the end of
    the input hangs up. Raises `Foreseen` for a site, time, script or piped line that cannot be used.
    """
    with foreseen():
        loaded = require_site(site, environment())
    when = _time(at, loaded)
    try:
        presses = None if keys is None else script(keys)
    except BadScript as error:
        raise Foreseen(str(error)) from error
    duration = prompt_duration(default_cache())
    if presses is not None or not around.is_usual:
        situation = around.situation(loaded, Situation(to, when, caller, presses or ()))
        return try_whole.run(loaded, situation, keys or "", duration, json=json)
    typed = TypedCaller(_ask, duration, speaks=SPEAKS)
    # In --json the story of an interactive walk still has to be seen by whoever presses the keys.
    tell: Callable[[str], object] = stderr.print if json else put
    walked = _finish(rehearsal.lead(loaded, typed, to=to, caller=caller, at=when, watch=_teller(when, loaded, tell)))
    if json:
        put_json(as_json(walked, typed.not_pressed))
    elif walked.outcome != rehearsal.UNKNOWN_NUMBER:
        _conclude(walked, typed.not_pressed)
    if walked.outcome == rehearsal.UNKNOWN_NUMBER:
        return try_whole.not_in_use(loaded)
    return 0


def as_json(walked: Rehearsal, unused: str) -> dict[str, Any]:
    """Return a walk whose keys were typed as `try --json` prints every call: it ends where the menus end."""
    return {
        "to": walked.to,
        "from": walked.caller,
        "at": walked.at.isoformat(),
        "keys": None,
        "unused_keys": list(unused),
        "path": list(walked.path),
        "facts": walked.facts,
        "destination": walked.destination,
        "prompts": [{"text": p.text, "language": p.language, "whole": p.whole} for p in walked.prompts],
        "outcome": walked.outcome,
        "why": walked.why,
        "then": None,
        "steps": [],
    }


def prompt_duration(cache: Path) -> Callable[[Utterance], float]:
    """Return how long each prompt lasts: as rendered, where it was, else a guess. So keys meet what they would live."""
    store = PromptStore(Settings(site=Path(), data=Path(), cache=cache).prompts)

    def duration(utterance: Utterance) -> float:
        if isinstance(utterance, Spoken):
            try:
                return store.duration(utterance) or guess_duration(utterance)
            except NoEngine:
                pass  # nobody here could render it; a guess is all there is
        return guess_duration(utterance)

    return duration


def _time(text: str | None, site: Site) -> datetime:
    if text is None:
        return datetime.now(UTC).astimezone(site.company.zone)
    try:
        moment = read_moment(text, site.company.zone)
    except NoMoment as error:
        raise Foreseen(str(error)) from None
    if moment.remark:
        remark(moment.remark)
    return moment.at


def _teller(at: datetime, site: Site, tell: Callable[[str], object]) -> rehearsal.Watch:
    """Return what tells each step in the words of a call's story, by the clock of the call."""

    def watch(timed: TimedStep) -> None:
        clock = ManualClock(at + timedelta(seconds=timed.second))
        for line in story.tell([as_event(timed.step, "", clock)], site.company.zone):
            tell(printable(line))

    return watch


def _conclude(walked: Rehearsal, unused: str) -> None:
    facts = ", ".join(f"{name}: {value}" for name, value in walked.facts.items())
    put()
    put(f"path         {' > '.join(walked.path) or '-'}")
    put(f"facts        {facts or '-'}")
    put(f"destination  {walked.destination or walked.outcome.replace('_', ' ')} ({walked.why})")
    kind, _, name = walked.destination.partition(" ")
    if kind == "fax":
        put(f"then         the fax box {name} takes a fax")
    if unused:
        put(f"keys not used: {' '.join(unused)}")


def _ask() -> str | None:
    """Read a line of keys; None at the end of the input. Who types nonsense is asked again, who pipes it is told."""
    asking = sys.stdin.isatty()
    while True:
        if asking:
            stderr.print("keys> ", end="")
        try:
            line = sys.stdin.readline(LONGEST_LINE)
            return keys_of(line) if line else None
        except UnicodeDecodeError:
            raise Foreseen("standard input is no text: pipe lines of keys, or use --keys") from None
        except BadScript as error:
            if not asking:
                raise Foreseen(f"standard input: {error}") from None
            complain(str(error))


def _finish(work: Coroutine[Any, Any, T]) -> T:
    """Run a walk to its end without an event loop: nothing in it waits but the human, whom Ctrl-C may interrupt."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise AssertionError("a rehearsal waited for something outside")
