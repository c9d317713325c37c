"""The interpreter of the menu language: walks a caller through the menus to a destination.

Owns what each key of a menu means. Pure: it talks to a `Conversation` only, gets the time of the call as a
value and tells its steps to whoever listens; queues, phones and the database are unknown here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from config.calendar import open_state
from config.schema import Choice, Fault, Menu, Site
from config.values import Destination, Prompt
from ivr import digits
from ivr.conversation import NOTHING, CallerGone, Conversation, Heard, Recorded
from ivr.digits import Status
from ivr.phrases import spoken
from ivr.speech.spoken import Spoken
from ivr.steps import (
    BranchTaken,
    FactNamed,
    KeysPressed,
    LanguageChosen,
    MenuEntered,
    Note,
    PromptPlayed,
    ignore,
)

#: A dialogue that is led on more often than this is going round in circles and is ended.
MOST_TURNS = 100


@dataclass(frozen=True)
class Outcome:
    """Where the dialogue ended: a department, person, mailbox or fax, or `hangup`; never a menu."""

    destination: Destination
    why: str


class Dialogue:
    """One caller's way through the menus of one version of a site.

    It keeps language, facts and path over several `follow` calls, so that a caller who leaves a waiting line
    for another menu is still the same caller.
    """

    def __init__(
        self,
        site: Site,
        conversation: Conversation,
        *,
        at: datetime,
        language: str | None = None,
        facts: dict[str, str] | None = None,
        note: Note = ignore,
    ) -> None:
        self.site = site
        self.language = language or site.company.language
        self.facts: dict[str, str] = dict(facts or {})
        self.path: list[str] = []
        #: Whether the caller met a closed door on the way.
        self.met_closed = False
        self._conversation = conversation
        self._at = at
        self._note = note
        #: The menus with something to choose that `back` leads through, the present one last.
        self._back: list[str] = []
        self._turns = 0

    @property
    def now(self) -> datetime:
        """The time of the call as the caller lives it."""
        return self._at + timedelta(seconds=self._conversation.elapsed)

    def moved_to(self, conversation: Conversation, at: datetime) -> Dialogue:
        """Return the same dialogue with the same caller, going on in another conversation from now on."""
        dialogue = Dialogue(self.site, conversation, at=at, language=self.language, facts=self.facts, note=self._note)
        dialogue.path = list(self.path)
        return dialogue

    async def follow(self, destination: Destination, why: str = "") -> Outcome:
        """Lead the caller on from here until a destination that is no menu is reached.

        Raises `CallerGone`. Steps are told as they happen.
        """
        here = self.path[-1] if self.path else ""
        while self._turns < MOST_TURNS:
            self._turns += 1
            destination = self._turn(destination, here)
            if destination.kind == "menu":
                here = destination.name
                destination, why = await self._menu(here, self.site.menus[here])
                continue
            elsewhere = self._closed_department(destination.name) if destination.kind == "department" else None
            if elsewhere is None:
                return Outcome(destination, why)
            destination, why = elsewhere
        self._note(BranchTaken(here, "hangup", f"led on more than {MOST_TURNS} times"))
        return Outcome(Destination(kind="hangup"), "going round in circles")

    def _turn(self, destination: Destination, here: str) -> Destination:
        """Turn back, repeat and bare names into places."""
        if destination.kind == "back":
            if len(self._back) > 1 and self._back[-1] == here:
                self._back.pop()
            return Destination(kind="menu", name=self._back.pop()) if self._back else Destination(kind="hangup")
        if destination.kind == "repeat":
            return Destination(kind="menu", name=here) if here else Destination(kind="hangup")
        return self.site.resolve(destination)

    def _closed_department(self, name: str) -> tuple[Destination, str] | None:
        department = self.site.departments[name]
        if department.hours is None or department.closed is None:
            return None
        state = open_state(self.site.hours[department.hours], self.site.company.timezone, self.now)
        if state.open:
            return None
        self.met_closed = True
        why = f"{name} is closed: {state.reason}"
        self._note(BranchTaken(name, str(self.site.resolve(department.closed)), why))
        return department.closed, why

    async def _menu(self, name: str, menu: Menu) -> tuple[Destination, str]:
        """Play one menu until it leads somewhere."""
        self.path.append(name)
        self._note(MenuEntered(name))
        if menu.closed is not None:
            state = open_state(self.site.hours[menu.closed.hours], self.site.company.timezone, self.now)
            if not state.open:
                self.met_closed = True
                await self._say(menu.closed.say, name, "closed", interruptible=False)
                return self._branch(name, menu.closed.go, f"closed: {state.reason}")
        if menu.go is not None:
            # No key cuts the last words that a caller hears.
            cut = menu.barge_in and menu.go.kind != "hangup"
            await self._play_menu(name, menu, None, cut=cut)
            return self._branch(name, menu.go, "nothing to choose")
        return await self._choice(name, menu)

    async def _choice(self, name: str, menu: Menu) -> tuple[Destination, str]:
        if not self._back or self._back[-1] != name:
            self._back.append(name)
        faults = {Status.NO_INPUT: 0, Status.NO_MATCH: 0}
        apology: Prompt | None = None
        judge = self._judge(menu)
        while True:
            heard = await self._play_menu(name, menu, apology, cut=menu.barge_in)
            entry = await digits.collect_keys(self._conversation, heard, judge, menu.wait)
            secret = menu.collect is not None and menu.collect.secret
            shown = "•" * len(entry.text) if secret else entry.text
            if entry.status is Status.MATCH:
                self._note(KeysPressed(shown, name, entry.status))
                return await self._chosen(name, menu, entry.text, shown)
            self._note(KeysPressed(shown, name, entry.status))
            fault: Fault = menu.silence if entry.status is Status.NO_INPUT else menu.mistake
            faults[entry.status] += 1
            if faults[entry.status] >= fault.tries:
                await self._say(fault.say, name, entry.status, interruptible=False)
                what = "silence" if entry.status is Status.NO_INPUT else "no such choice"
                return self._branch(name, fault.go, f"{what}, {fault.tries} of {fault.tries} tries")
            apology = fault.say

    def _judge(self, menu: Menu) -> digits.Judge:
        if menu.collect is not None:
            return digits.number(menu.collect)
        people = [person.phone for person in self.site.people.values()] if menu.direct_dial else []
        return digits.among([*menu.keys, *people])

    async def _chosen(self, name: str, menu: Menu, keys: str, shown: str) -> tuple[Destination, str]:
        if menu.collect is not None:
            self._fact(menu.collect.name, keys, shown)
            return self._branch(name, menu.collect.go, f"{menu.collect.name} entered")
        choice = menu.keys.get(keys)
        if choice is None:
            person = self.site.extension(keys)
            assert person is not None, "the judge matched keys that are neither a choice nor an extension"
            return self._branch(name, Destination(kind="person", name=person), f"extension {keys} dialled")
        return await self._take(name, keys, choice)

    async def _take(self, name: str, keys: str, choice: Choice) -> tuple[Destination, str]:
        for fact, value in choice.facts.items():
            self._fact(fact, value, value)
        if choice.language is not None:
            self.language = choice.language
            self._note(LanguageChosen(choice.language))
        await self._say(choice.say, name, "choice", interruptible=False)
        return self._branch(name, choice.go or Destination(kind="repeat"), f"key {keys}")

    def _fact(self, name: str, value: str, shown: str) -> None:
        self.facts[name] = value
        self._note(FactNamed(name, shown))

    def _branch(self, origin: str, to: Destination, why: str) -> tuple[Destination, str]:
        self._note(BranchTaken(origin, str(self.site.resolve(to)), why))
        return to, why

    async def _play_menu(self, name: str, menu: Menu, apology: Prompt | None, *, cut: bool) -> Heard:
        """Play the apology for the last try, if any, and the menu; a key in either is the next entry."""
        heard = await self._say(apology, name, "apology", interruptible=cut)
        if heard:
            return heard
        if menu.play is not None:
            recorded = Recorded(menu.play, self.language)
            heard = await self._hear(recorded, menu.play, name, "menu", interruptible=cut)
            if heard:
                return heard
        return await self._say(menu.say, name, "menu", interruptible=cut)

    async def _say(self, prompt: Prompt | None, menu: str, purpose: str, *, interruptible: bool) -> Heard:
        if prompt is None:
            return NOTHING
        utterance = spoken(self.site, prompt, self.language)
        return await self._hear(utterance, utterance.text, menu, purpose, interruptible=interruptible)

    async def _hear(
        self, utterance: Spoken | Recorded, text: str, menu: str, purpose: str, *, interruptible: bool
    ) -> Heard:
        try:
            heard = await self._conversation.play([utterance], interruptible=interruptible)
        except CallerGone:
            self._note(PromptPlayed(text, utterance.language, menu, purpose, whole=False))
            raise
        self._note(PromptPlayed(text, utterance.language, menu, purpose, whole=not heard))
        return heard
