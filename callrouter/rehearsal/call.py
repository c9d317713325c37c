"""Rehearses one call from its first ring to its end, by the live reception on virtual time.

    rehearsed = await rehearse_call(site, to="+370 5 200 0000", at=moment, presses=script("1 w5 2"), logged_in=[])
    for step in rehearsed.steps: print(step.second, step.words)

Of many calls to one site: `stage = Stage(site)` once, then `await rehearse(stage, Situation(to, at, …))`. Both wait for
nothing outside and take about a millisecond, but need a running event loop. Owns what came of the call as a value, with
the reason of every step; who is there and what the caller does is in `situation`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from callrouter import events as ev
from callrouter import story
from callrouter.branches import is_closed_branch
from callrouter.connector import Connector
from callrouter.events import Event
from callrouter.reception import Arrival, Reception
from callrouter.rehearsal.caller import TONE_HEARD, LeftBehind, RehearsedCaller, RehearsedFaxes, RehearsedMessages, Tone
from callrouter.rehearsal.rooms import CallersClock, People, RehearsedLines, Told
from callrouter.rehearsal.situation import PATIENCE, SPEAKS, Situation, Stage
from config.schema import Site
from ivr.conversation import FaxTaken, Taken, Utterance
from ivr.simulator import Press, Sound, guess_duration
from ivr.speech.spoken import Spoken

#: The id of a call that is only rehearsed; each has a journal of its own.
CALL = "rehearsal"
#: What a machine sends that calls in a rehearsal.
ONE_PAGE = FaxTaken("", pages=1, ok=True, station="rehearsal", resolution=(204, 98))


@dataclass(frozen=True)
class Step:
    """Something that happened, and how many seconds after the call began."""

    second: float
    event: Event

    @property
    def words(self) -> str:
        """Say it in one sentence, with its reason; '' for what needs no telling."""
        return story.sentence(self.event)


@dataclass(frozen=True)
class Rehearsal:
    """What came of a rehearsed call, and why.

    `outcome` is how the journal would say that the call ended. `stops` are the departments, people, mailboxes and fax
    boxes that the caller came to, as "department billing", and "hangup" where the menus hung up. `facts` are as a live
    call tells them: what the site calls secret is masked. `mail` are the addresses that get his message or fax.
    """

    site: Site
    situation: Situation
    outcome: str
    stops: tuple[str, ...]
    path: tuple[str, ...]
    facts: dict[str, str]
    language: str
    answered_by: str
    mail: tuple[str, ...]
    met_closed: bool
    events: tuple[Event, ...]
    sounds: tuple[Sound, ...]

    @property
    def said(self) -> tuple[str, ...]:
        """All that the caller heard, in order: texts, and recordings by their names."""
        return tuple(
            sound.utterance.text if isinstance(sound.utterance, Spoken) else sound.utterance.name
            for sound in self.sounds
            if not isinstance(sound.utterance, Taken)
        )

    @property
    def destination(self) -> str:
        """Where he was at the end, such as "department billing"; '' if he came out of no menu."""
        return self.stops[-1] if self.stops else ""

    @property
    def why(self) -> str:
        """Why he came there."""
        branches = [event for event in self.events if isinstance(event, ev.BranchTaken)]
        if branches:
            return branches[-1].why
        return "the number dialled is not in use" if self.outcome == ev.Outcome.UNKNOWN_NUMBER else "number dialled"

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All that happened, in order."""
        began = self.situation.at.astimezone(UTC)
        return tuple(Step((event.at - began).total_seconds(), event) for event in self.events)

    @property
    def prompts(self) -> tuple[ev.PromptHeard, ...]:
        """What the caller heard of menus and mailboxes, in order."""
        return tuple(event for event in self.events if isinstance(event, ev.PromptHeard))

    @property
    def seconds(self) -> float:
        """How long the call lasted."""
        return self.steps[-1].second if self.events else 0.0


Watch = Callable[[Event], None]
Duration = Callable[[Utterance], float]


async def rehearse_call(
    site: Site,
    *,
    to: str,
    at: datetime,
    caller: str = "",
    presses: Sequence[Press] = (),
    hangs_up: float | None = None,
    speaks: float = SPEAKS,
    is_fax: bool = False,
    logged_in: Collection[str] | None = None,
    busy: Collection[str] = (),
    away: Collection[str] = (),
    waiting: int = 0,
    duration: Duration = guess_duration,
    watch: Watch | None = None,
) -> Rehearsal:
    """Rehearse one call to a site; see `Situation` for what each word means.

    `duration` tells how long a prompt lasts, `watch` is told each event as it happens.
    """
    situation = Situation(to, at, caller, presses, hangs_up, speaks, is_fax, logged_in, busy, away, waiting)
    return await rehearse(Stage(site), situation, duration=duration, watch=watch)


async def rehearse(
    stage: Stage, situation: Situation, *, duration: Duration = guess_duration, watch: Watch | None = None
) -> Rehearsal:
    """Rehearse one of many calls to one site. Raises what is a fault of ours."""
    caller = RehearsedCaller(
        situation.presses,
        hangs_up_at=min(situation.hangs_up or PATIENCE, PATIENCE),
        duration=duration,
        speaks=situation.speaks,
        fax=ONE_PAGE if situation.is_fax else None,
        away=frozenset(situation.away),
    )
    clock = CallersClock(situation.at.astimezone(UTC), lambda: caller.elapsed)
    told = Told(watch)
    people = People(stage, situation, clock)
    caller.lines = RehearsedLines(stage, people, told, clock, situation.waiting)
    left = LeftBehind()
    reception = Reception(
        stage.site,
        roster=people,
        room=caller.lines,
        connector=Connector(people, told, clock, hang_up=_no_channel),
        chronicle=told,
        messages=RehearsedMessages(left),
        faxes=RehearsedFaxes(left),
        clock=clock,
        left_open=_nobody_takes_over,
    )
    await _call(reception, caller, situation, stage.site)
    return _what_came(stage.site, situation, told.events, caller, left)


async def _call(reception: Reception, caller: RehearsedCaller, situation: Situation, site: Site) -> None:
    """Let the call come in; a fax machine on a line for people is taken out of it once it is heard."""
    arrival = Arrival(CALL, situation.to, situation.caller, channel=CALL, uniqueid=CALL)
    number = site.find_number(situation.to)
    heard = situation.is_fax and number is not None and number.fax is not None
    patience = caller.hangs_up_at
    if heard:
        caller.hangs_up_at = TONE_HEARD
    await reception.receive(caller, arrival, Tone(heard))
    if heard and reception.expects(CALL):
        caller.hangs_up_at = patience
        await reception.resume_as_fax(caller, arrival)


def _no_channel(_: str) -> None:
    """There is no phone whose channel could be ended."""


def _nobody_takes_over(_: Arrival) -> None:
    """There is no emergency attendant here: the fault itself is raised."""


def _what_came(
    site: Site, situation: Situation, events: list[Event], caller: RehearsedCaller, left: LeftBehind
) -> Rehearsal:
    number = site.find_number(situation.to)
    language = (number.language if number is not None else None) or site.company.language
    outcome = answered_by = ""
    stops: list[str] = []
    path: list[str] = []
    facts: dict[str, str] = {}
    met_closed = False
    for event in events:
        match event:
            case ev.MenuEntered():
                path.append(event.menu)
            case ev.FactNamed():
                facts[event.name] = event.value
            case ev.LanguageChosen():
                language = event.language
            case ev.CallAnswered():
                answered_by = event.agent
            case ev.BranchTaken():
                met_closed = met_closed or is_closed_branch(event)
            case ev.CallEnded():
                outcome = event.outcome
        stop = _stop(event) if type(event) in _TELLING else ""
        if stop and stops[-1:] != [stop]:
            stops.append(stop)
    return Rehearsal(
        site, situation, outcome, tuple(stops), tuple(path), facts, language, answered_by,
        _mail(site, events, left), met_closed, tuple(events), tuple(caller.heard),
    )  # fmt: skip


#: The events that may show where the caller is.
_TELLING = frozenset({ev.CallQueued, ev.AgentsOffered, ev.MessageBegun, ev.FaxBegun, ev.BranchTaken})


def _stop(event: Event) -> str:
    """Return where this event shows the caller to be; '' if it shows nothing."""
    match event:
        case ev.CallQueued():
            return f"department {event.department}"
        case ev.AgentsOffered(why="dialled directly"):
            return f"person {event.agents[0]}"
        case ev.MessageBegun():
            return f"voicemail {event.mailbox}"
        case ev.FaxBegun():
            return f"fax {event.box}"
        case ev.BranchTaken(to="hangup"):
            return "hangup"
        case ev.BranchTaken() if event.origin.startswith("department "):
            return event.origin  # he was turned away: nobody is there, or too many wait
    return ""


def _mail(site: Site, events: list[Event], left: LeftBehind) -> tuple[str, ...]:
    """Return who is mailed what the caller left."""
    spoken = {event.file for event in events if isinstance(event, ev.MessageTaken) and not event.empty}
    mail = [
        address
        for message in left.messages
        if message.path.name in spoken
        for address in site.mailbox(message.mailbox).mail
    ]
    for fax in left.faxes:
        mail += [receiver.mail for receiver in site.faxbox(fax.box).deliver if receiver.mail is not None]
    return tuple(dict.fromkeys(mail))
