"""One tried call as the page tells it: each step by the clock, with the reason of each open or closed door.

Owns what is said of a rehearsed call, and when its caller would press the next key. Knows no page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callrouter import events as ev
from callrouter.rehearsal.call import Rehearsal
from config.calendar import OpenState, open_state
from config.graph import Graph
from config.schema import Site
from config.ways import Stop
from ivr.conversation import Recorded, Utterance
from ivr.simulator import KEY_GAP, Press
from ivr.speech.spoken import Spoken

#: How long a human waits behind the last word before pressing a key, seconds.
BREATH = 0.5
#: Who hangs up at a step has heard a second of it.
ENOUGH = 1.0
#: Of a larger department not everybody is named.
MOST_NAMED = 20
#: What is heard over and over is told so often, and then counted.
MOST_ALIKE = 2

#: Gives the id under which a browser asks for an utterance; '' where it cannot be played.
SoundOf = Callable[[Utterance], str]


@dataclass(frozen=True, slots=True)
class Told:
    """A step as the page tells it. `door` is why somebody is there or not; `silent`: only silence leads here."""

    second: float
    at: datetime
    kind: str
    text: str
    why_not: tuple[tuple[str, str], ...] = ()
    door: str = ""
    is_open: bool = True
    sound: str = ""
    language: str = ""
    whole: bool = True
    silent: bool = False
    #: When a caller hangs up who has had enough of this, in seconds; '' where he is gone soon anyway.
    until_here: str = ""


def tell(walked: Rehearsal, presses: Sequence[Press], sound_of: SoundOf) -> tuple[Told, ...]:
    """Tell a rehearsed call step by step, each sound at the moment at which it began."""
    told = tuple(_once(sorted([*_events(walked), *_sounds(walked, sound_of)], key=lambda one: round(one.second, 3))))
    silent_from = _silent_from(walked, presses)
    leaves = {second: f"{second + ENOUGH:.1f}" for second in {one.second for one in told}}
    return tuple(
        replace(
            one,
            silent=silent_from is not None and one.second >= silent_from - 0.001,
            until_here=leaves.pop(one.second, "") if one.second + ENOUGH < walked.seconds else "",
        )
        for one in told
    )


def next_press(walked: Rehearsal, presses: Sequence[Press]) -> float | None:
    """Return the second of the call at which who heard it so far presses the next key; None where nobody listens.

    That is behind the prompt after which the caller would be silent, behind the announcement of a waiting line, at once
    in the middle of an entry, or when he has said his message.
    """
    last_key = _last(presses)
    for step in walked.steps:
        if step.second <= last_key and not isinstance(step.event, ev.MessageBegun):
            continue
        match step.event:
            case ev.KeysPressed(status="no_input"):
                over = [sound.at + sound.seconds for sound in walked.sounds if sound.at + sound.seconds <= step.second]
                return max([last_key + KEY_GAP, *over]) + BREATH
            case ev.KeysPressed(status="no_match") if presses and step.second > last_key + KEY_GAP:
                # The menu waited for more behind the last key, so the next one is a part of the same entry.
                return last_key + KEY_GAP
            case ev.PositionTold():
                return max(step.second, last_key + KEY_GAP) + BREATH
            case ev.MessageBegun() if (at := _in_message(walked, step.second, last_key)) is not None:
                return at
            case _:
                pass
    return None


def _in_message(walked: Rehearsal, began: float, last_key: float) -> float | None:
    """Return when he presses a key while he speaks after the tone: once he has said all; None for when that is over."""
    later = [sound.at for sound in walked.sounds] + [step.second for step in walked.steps]
    over = min((second for second in later if second > began + BREATH), default=began)
    spoken = min(began + walked.situation.speaks, over - BREATH)
    at = spoken if last_key < began else last_key + KEY_GAP + BREATH
    return at if began < at < over else None


def pressed(keys: str, presses: Sequence[Press], key: str, at: float) -> str:
    """Return the script with one more key, pressed at that second of the call."""
    wait = round(at - max(0.0, _last(presses)) - KEY_GAP, 1)
    return f"{keys} w{wait:g} {key}".strip() if wait > 0 else f"{keys} {key}".strip()


def end_words(walked: Rehearsal, graph: Graph) -> str:
    """Say where the call ends, in the words of the map."""
    if walked.outcome == ev.Outcome.UNKNOWN_NUMBER:
        return "Nobody has this number"
    if not walked.destination or walked.destination == "hangup":
        return "We hang up"
    junction = graph.junctions.get(Stop(*walked.destination.split(" ", 1)))
    return junction.title if junction is not None else walked.destination


def state_words(state: OpenState, zone: ZoneInfo) -> str:
    """Say whether it is open, why, and until when.

    >>> state_words(OpenState(False, "public holiday: Kūčių diena", None), ZoneInfo("Europe/Vilnius"))
    'closed (public holiday: Kūčių diena)'
    """
    until = ""
    if state.until is not None:
        there = state.until.astimezone(zone)
        until = f" until {there:%a} {there.day} {there:%b} {there:%H:%M}"
    return f"{'open' if state.open else 'closed'} ({state.reason}){until}"


def _once(told: Sequence[Told]) -> Iterator[Told]:
    """Yield every step, but of what is heard over and over only the first two and how often it comes again."""
    run: list[Told] = []
    for one in [*told, None]:
        if run and (one is None or one.kind != "heard" or one.text != run[0].text):
            yield from run[:MOST_ALIKE]
            if len(run) > MOST_ALIKE:
                more = len(run) - MOST_ALIKE
                again = "once more" if more == 1 else f"{more} times more"
                yield replace(run[-1], kind="again", text=f"The same is heard {again}, up to here.", sound="")
            run = []
        if one is None:
            break
        if one.kind == "heard":
            run.append(one)
        else:
            yield one


def _last(presses: Sequence[Press]) -> float:
    return presses[-1].at if presses else -1.0


def _silent_from(walked: Rehearsal, presses: Sequence[Press]) -> float | None:
    """Return the second from which on only the caller's silence leads further; None if nothing of it is."""
    silences = (
        step.second
        for step in walked.steps
        if isinstance(step.event, ev.KeysPressed) and step.event.status == "no_input" and step.second > _last(presses)
    )
    return next(silences, None)


def _events(walked: Rehearsal) -> Iterator[Told]:
    for step in walked.steps:
        event = step.event
        if isinstance(event, ev.PromptHeard | ev.PositionTold | ev.AgentChanged):
            continue  # what is heard is told with its sound, that a phone rings by the call itself
        why_not: dict[str, str] = {}
        if isinstance(event, ev.AgentsOffered):
            why_not, event = dict(event.why_not), replace(event, why_not={})
        elif isinstance(event, ev.CallQueued):
            why_not = _nobody_free(walked, event)
        words = replace(step, event=event).words
        if not words:
            continue
        door = _door(walked.site, event)
        at = event.at.astimezone(walked.site.company.zone)
        kind = _KINDS.get(event.KIND, "step")
        told = Told(step.second, at, kind, words, tuple(why_not.items()))
        yield replace(told, door=door[0], is_open=door[1]) if door is not None else told


def _nobody_free(walked: Rehearsal, queued: ev.CallQueued) -> dict[str, str]:
    """Say why nobody of a department rings for a caller who comes into its line; nothing where somebody does."""
    later = (event for event in walked.events if event.at >= queued.at)
    if any(isinstance(event, ev.AgentsOffered) and event.department == queued.department for event in later):
        return {}
    there = walked.situation
    members = [name for name, person in walked.site.people.items() if queued.department in person.departments]

    def why(name: str) -> str:
        if there.logged_in is not None and name not in there.logged_in:
            return "not logged in"
        if name in there.busy:
            return "on another call"
        return "others are before him" if there.waiting else "does not serve such calls now"

    return {name: why(name) for name in members[:MOST_NAMED]}


_KINDS = {
    ev.MenuEntered.KIND: "menu",
    ev.BranchTaken.KIND: "branch",
    ev.KeysPressed.KIND: "keys",
    ev.CallEnded.KIND: "end",
}


def _sounds(walked: Rehearsal, sound_of: SoundOf) -> Iterator[Told]:
    zone = walked.site.company.zone
    for sound in walked.sounds:
        if not isinstance(sound.utterance, Spoken | Recorded):
            continue
        said = sound.utterance
        text = said.text if isinstance(said, Spoken) else f"recording {said.name}"
        at = walked.situation.at + timedelta(seconds=sound.at)
        yield Told(
            sound.at,
            at.astimezone(zone),
            "heard",
            text,
            sound=sound_of(said),
            language=said.language,
            whole=sound.whole,
        )


def _door(site: Site, event: ev.Event) -> tuple[str, bool] | None:
    """Say why a place with opening hours is open or closed when the caller comes there."""
    hours: str | None = None
    match event:
        case ev.MenuEntered():
            menu = site.menus.get(event.menu)
            hours = menu.closed.hours if menu is not None and menu.closed is not None else None
        case ev.BranchTaken() if event.to.startswith("department "):
            department = site.departments.get(event.to.partition(" ")[2])
            hours = department.hours if department is not None else None
        case _:
            pass
    if hours is None or hours not in site.hours:
        return None
    state = open_state(site.hours[hours], site.company.timezone, event.at)
    return f"{hours} {state_words(state, site.company.zone)}", state.open
