"""A rehearsal: one call through the menus by the very interpreter of live calls, on virtual time.

Owns what came of it as a value. Queues and phones are unknown here: the walk ends where they would begin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from config.schema import Site
from ivr import phrases, steps
from ivr.conversation import CallerGone, Conversation, Taking, Utterance
from ivr.fax_prompts import start_fax
from ivr.greeting import greeting
from ivr.interpreter import Dialogue
from ivr.message import MENU, take_message
from ivr.simulator import Press, Simulator, guess_duration
from ivr.steps import FactNamed, MenuEntered, PromptPlayed, Step

#: What became of a call that did not reach a destination.
UNKNOWN_NUMBER = "unknown_number"
CALLER_GONE = "caller_gone"


@dataclass(frozen=True)
class TimedStep:
    """A step of the dialogue, and how many seconds after the beginning it was."""

    second: float
    step: Step


#: Is told every step as it happens.
Watch = Callable[[TimedStep], None]


def look_away(_: TimedStep) -> None:
    """Watch nothing."""


@dataclass(frozen=True)
class Rehearsal:
    """What came of a rehearsed call, and why.

    `outcome` is the kind of destination (department, person, voicemail, fax), `hangup`, `unknown_number` or
    `caller_gone`. `facts` are as a live call tells them: what the site calls secret is masked.
    """

    to: str
    caller: str
    at: datetime
    outcome: str
    why: str
    destination: str
    path: tuple[str, ...]
    facts: dict[str, str]
    steps: tuple[TimedStep, ...]

    @property
    def prompts(self) -> tuple[PromptPlayed, ...]:
        """What the caller heard, in order."""
        return tuple(timed.step for timed in self.steps if isinstance(timed.step, PromptPlayed))


async def rehearse(
    site: Site,
    to: str,
    caller: str,
    at: datetime,
    presses: Sequence[Press] = (),
    duration: Callable[[Utterance], float] = guess_duration,
) -> Rehearsal:
    """Let a simulated caller dial `to` at a time and press these keys; with no keys left the caller is silent."""
    return await lead(site, Simulator(presses, duration=duration), to=to, caller=caller, at=at)


async def lead(
    site: Site, conversation: Conversation, *, to: str, caller: str, at: datetime, watch: Watch = look_away
) -> Rehearsal:
    """Lead whoever is in this conversation from the number dialled to a destination, as reception would."""
    told: list[TimedStep] = []

    def note(step: Step) -> None:
        told.append(TimedStep(conversation.elapsed, step))
        watch(told[-1])

    outcome, destination, why = await _walk(site, conversation, to, at, note)
    done = [timed.step for timed in told]
    return Rehearsal(
        to=to,
        caller=caller,
        at=at,
        outcome=outcome,
        why=why,
        destination=destination,
        path=tuple(step.menu for step in done if isinstance(step, MenuEntered)),
        facts={step.name: step.value for step in done if isinstance(step, FactNamed)},
        steps=tuple(told),
    )


async def _walk(
    site: Site, conversation: Conversation, to: str, at: datetime, note: steps.Note
) -> tuple[str, str, str]:
    """Return the kind of the end, the destination in words, and why."""
    number = site.find_number(to)
    try:
        if number is None:
            said = phrases.phrase(site, "unknown_number", site.company.language)
            await conversation.play([said], interruptible=False)
            note(PromptPlayed(said.text, said.language, "", "unknown number", whole=True))
            return UNKNOWN_NUMBER, "", "the number dialled is not in use"
        dialogue = Dialogue(site, conversation, at=at, language=number.language, facts=number.facts, note=note)
        for name, value in number.facts.items():
            note(FactNamed(name, value))
        end = await dialogue.follow(number.entry, "number dialled")
        if end.destination.kind == "voicemail":
            await _message(site, conversation, dialogue, end.destination.name, note)
        if end.destination.kind == "fax" and dialogue.path:
            await start_fax(conversation, site, dialogue.language, note)
    except CallerGone:
        return CALLER_GONE, "", "the caller hung up"
    return end.destination.kind, str(end.destination), end.why


async def _message(site: Site, conversation: Conversation, dialogue: Dialogue, mailbox: str, note: steps.Note) -> None:
    """Let the caller leave a message as a live call would; nothing is kept of it."""
    box = site.mailbox(mailbox)
    taken = await take_message(
        conversation,
        site,
        dialogue.language,
        greeting=[greeting(site, box, dialogue.language, dialogue.now)],
        taking=Taking(box.longest, box.silence),
        least=box.least,
        review=box.review,
        began=_unwritten,
        note=note,
    )
    if taken.recording is not None:
        await conversation.discard(taken.recording.path)
    if not (taken.gone or taken.refused):
        said = phrases.phrase(site, "nobody_spoke" if taken.empty else "thank_you", dialogue.language)
        await conversation.play([said], interruptible=False)
        note(PromptPlayed(said.text, said.language, MENU, "thanks", whole=True))


async def _unwritten(_: str) -> None:
    """Write nothing down: this is a rehearsal."""
