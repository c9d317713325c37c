"""The site as an admin writes it: every key of the YAML, typed.

Owns names, types, defaults and single-value limits. What refers to what is checked in `config.check`;
what the menus do is in `ivr`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from config.by_phone import ByPhone
from config.connectors import Connector
from config.customers import Choices, CustomerSettings
from config.faxes import FaxBox, FaxSettings
from config.machine import Emergency, Pbx, Web
from config.mailboxes import MailAddress, Mailbox, MailServer, Outbound, Speech
from config.owners import Owner, whole_faxbox, whole_mailbox
from config.reporting import Reporting
from config.site_tests import MOST_TESTS, SiteTest
from config.values import (
    Destination,
    DestinationKind,
    Extension,
    FactName,
    FactValue,
    Keys,
    Language,
    Name,
    Part,
    PersonsName,
    PhoneName,
    Prompt,
    Seconds,
    TimeZone,
    e164,
)

Country = Annotated[str, Field(pattern=r"\A[A-Z]{2}\Z")]
Skill = Annotated[int, Field(ge=0, le=100)]
Tries = Annotated[int, Field(ge=1, le=9)]


class Company(Part):
    """Who the site belongs to, and how its people write numbers and time."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    country: Country = "LT"
    timezone: TimeZone = "UTC"
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=20)] = ("en",)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def language(self) -> str:
        """The first language, used where nothing else was chosen."""
        return self.languages[0]


class Number(Part):
    """A number that customers dial, and what it leads to."""

    menu: Name | None = None
    go: Destination | None = None
    language: Language | None = None
    priority: Annotated[int, Field(ge=0, le=9)] = 0
    #: A fax machine that calls here is led to this fax box, whatever it hears meanwhile.
    fax: Name | None = None
    facts: dict[FactName, FactValue] = Field(default_factory=dict, alias="as")

    @model_validator(mode="after")
    def _one_entry(self) -> Number:
        if (self.menu is None) == (self.go is None):
            raise ValueError("a number needs exactly one of `menu:` and `go:`")
        return self

    @cached_property
    def entry(self) -> Destination:
        return self.go if self.go is not None else Destination(kind="menu", name=self.menu or "")


class Choice(Part):
    """What a key does: lead somewhere, name facts by meaning, change the language."""

    go: Destination | None = None
    facts: dict[FactName, FactValue] = Field(default_factory=dict, alias="as")
    language: Language | None = None
    say: Prompt | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: Any) -> Any:
        if isinstance(value, str | int | float) or (
            isinstance(value, dict) and len(value) == 1 and next(iter(value)) in _DESTINATION_KINDS
        ):
            return {"go": value}
        return value

    @model_validator(mode="after")
    def _does_something(self) -> Choice:
        if self.go is None and self.language is None:
            raise ValueError("a key needs `go:` or `language:`")
        return self


_DESTINATION_KINDS = frozenset({"menu", "department", "person", "voicemail", "fax", "kind"})


class Fault(Part):
    """What happens after silence or a wrong key: say this, try so often, then go there."""

    tries: Tries = 2
    say: Prompt | None = None
    go: Destination = Destination(kind="hangup")


class Closed(Part):
    """Outside these hours the menu is not played; the caller goes there at once."""

    hours: Name
    go: Destination
    say: Prompt | None = None


class Wait(Part):
    """The three clocks of an entry by keys, in seconds."""

    first_key: Seconds = 5.0
    between_keys: Seconds = 2.0
    whole: Seconds = 30.0


class Collect(Part):
    """Ask for a number by keys: how long it is, how it ends, how it is checked, and what to call it."""

    name: FactName
    length: Annotated[int, Field(ge=1, le=40)] | None = None
    least: Annotated[int, Field(ge=1, le=40)] = 1
    most: Annotated[int, Field(ge=1, le=40)] = 40
    check: Literal["none", "luhn"] = "none"
    starts_with: tuple[Annotated[str, Field(pattern=r"\A[0-9]{1,20}\Z")], ...] = ()
    secret: bool = False
    go: Destination

    @model_validator(mode="after")
    def _lengths(self) -> Collect:
        if self.least > self.most:
            raise ValueError("`least` is greater than `most`")
        return self

    @property
    def shortest(self) -> int:
        return self.length or self.least

    @property
    def longest(self) -> int:
        return self.length or self.most


class Menu(Part):
    """One choice point of the dialogue."""

    say: Prompt | None = None
    play: Annotated[str, Field(pattern=r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")] | None = None
    keys: dict[Keys, Choice] = Field(default_factory=dict)
    direct_dial: bool = False
    collect: Collect | None = None
    closed: Closed | None = None
    silence: Fault = Fault()
    mistake: Fault = Fault()
    wait: Wait = Wait()
    barge_in: bool = True
    go: Destination | None = None

    @model_validator(mode="after")
    def _one_purpose(self) -> Menu:
        purposes = [bool(self.keys or self.direct_dial), self.collect is not None, self.go is not None]
        if sum(purposes) != 1:
            raise ValueError("a menu needs exactly one of `keys:` (or `direct_dial:`), `collect:` and `go:`")
        return self


class Overflow(Part):
    """After how long a waiting caller is led elsewhere, and where to."""

    after: Seconds
    go: Destination


class Full(Part):
    """How many may wait; who comes when so many wait already is led elsewhere."""

    size: Annotated[int, Field(ge=0, le=1000)]
    go: Destination


#: Whether agents say what came of a call: they must, they are asked, or nobody asks.
Asks = Literal["required", "asked", "off"]
Ring = Literal["longest_idle", "ring_all", "linear", "round_robin", "fewest_calls"]


class Relax(Part):
    """Skills asked for fall to nothing after this time, so that nobody waits for a perfect match for ever."""

    after: Seconds


class Department(Part):
    """A waiting line and the people who serve it."""

    name: Annotated[str, Field(max_length=80)] | None = None
    hours: Name | None = None
    closed: Destination | None = None
    skills: dict[Name, Skill] = Field(default_factory=dict)
    relax_skills: Relax | None = None
    ring: Ring = "longest_idle"
    ring_for: Seconds = 20.0
    wrap_up: Seconds = 10.0
    #: What may come of a call, in the department's own words.
    dispositions: Choices = ()
    disposition: Asks | None = None
    #: Who owes a disposition is in wrap-up no longer than this.
    longest_wrap_up: Seconds = 300.0
    answer_within: Seconds = 20.0
    announce_every: Seconds = 30.0
    overflow: Overflow | None = None
    full: Full | None = None
    nobody: Destination | None = None
    leave: dict[Annotated[Keys, Field(pattern=r"\A[0-9*#]\Z")], Destination] = Field(default_factory=dict)
    mailbox: MailAddress | None = None
    emergency_phones: tuple[PhoneName, ...] = ()

    @model_validator(mode="after")
    def _dispositions_that_can_be_said(self) -> Department:
        if len(set(self.dispositions)) != len(self.dispositions):
            raise ValueError("a disposition is written twice: delete one")
        if not self.dispositions and self.asks != "off":
            raise ValueError(f"`disposition: {self.asks}` needs `dispositions:` to choose from")
        if self.asks == "required" and self.longest_wrap_up < max(1.0, self.wrap_up):
            raise ValueError("`longest_wrap_up` is shorter than `wrap_up`, or than a second: make it longer")
        return self

    @property
    def asks(self) -> Asks:
        """Whether agents are asked what came of a call."""
        return self.disposition or ("asked" if self.dispositions else "off")


class Person(Part):
    """Somebody with a phone."""

    name: PersonsName
    phone: Extension
    departments: tuple[Name, ...] = ()
    skills: dict[Name, Skill] = Field(default_factory=dict)
    language: Language | None = None
    penalty: Annotated[int, Field(ge=0, le=9)] = 0
    no_answer: Destination | None = None


class Hours(Part):
    """When somebody is there: weekly spans, public holidays, single days."""

    timezone: TimeZone | None = None
    open: tuple[Annotated[str, Field(max_length=60)], ...]
    holidays: Annotated[str, Field(pattern=r"\A[A-Z]{2}(-[A-Z0-9]{1,3})?\Z")] | None = None
    closed_on: tuple[Annotated[str, Field(pattern=r"\A\d{4}-\d{2}-\d{2}\Z")], ...] = ()
    open_on: dict[Annotated[str, Field(pattern=r"\A\d{4}-\d{2}-\d{2}\Z")], str] = Field(default_factory=dict)


class Voices(Part):
    """Which voice speaks a language; the engine is the most natural one installed."""

    voice: Annotated[str, Field(pattern=r"\A[A-Za-z0-9._-]{1,40}\Z")] | None = None


class Site(Part):
    """All that one installation is: numbers, menus, departments, people, hours."""

    company: Company
    numbers: dict[Annotated[str, Field(max_length=40)], Number]
    menus: dict[Name, Menu] = Field(default_factory=dict)
    departments: dict[Name, Department] = Field(default_factory=dict)
    people: dict[PhoneName, Person] = Field(default_factory=dict)
    hours: dict[Name, Hours] = Field(default_factory=dict)
    mailboxes: dict[Name, Mailbox] = Field(default_factory=dict)
    faxboxes: dict[Name, FaxBox] = Field(default_factory=dict)
    fax: FaxSettings = FaxSettings()
    customers: CustomerSettings = CustomerSettings()
    connectors: Annotated[dict[Name, Connector], Field(max_length=50)] = Field(default_factory=dict)
    reports: Reporting = Reporting()
    mail: MailServer | None = None
    speech: Speech = Speech()
    outbound: Outbound = Outbound()
    phrases: dict[Name, Prompt] = Field(default_factory=dict)
    voices: dict[Language, Voices] = Field(default_factory=dict)
    #: What the digit behind the pause code means: ``*131`` is the first.
    pause_reasons: dict[Annotated[Keys, Field(pattern=r"\A[0-9]\Z")], Annotated[str, Field(max_length=40)]] = Field(
        default_factory=lambda: {"1": "break", "2": "lunch", "3": "meeting", "4": "training"}
    )
    emergency: Emergency = Emergency()
    by_phone: ByPhone = ByPhone()
    pbx: Pbx = Pbx()
    web: Web = Web()
    database: Annotated[str, Field(max_length=500)] | None = None
    tests: Annotated[tuple[SiteTest, ...], Field(max_length=MOST_TESTS)] = ()
    #: First 12 hex digits of the SHA-256 of the content; set by the loader.
    version: str = ""

    def resolve(self, destination: Destination) -> Destination:
        """Turn a bare name into the menu, department or person it names.

        Raises:
            KeyError: nothing has that name; `config.check` reports this before a site is used.
        """
        if destination.kind != "name":
            return destination
        return self._places[destination.name]

    @cached_property
    def _places(self) -> dict[str, Destination]:
        kinds: tuple[tuple[DestinationKind, Iterable[str]], ...] = (
            ("person", self.people),
            ("department", self.departments),
            ("menu", self.menus),
        )
        return {name: Destination(kind=kind, name=name) for kind, names in kinds for name in names}

    def find_number(self, dialled: str) -> Number | None:
        """Return the entry of the dialled number, however either is written; None if there is none."""
        return self._numbers.get(e164(dialled, self.company.country) or dialled)

    @cached_property
    def _numbers(self) -> dict[str, Number]:
        return {e164(written, self.company.country) or written: number for written, number in self.numbers.items()}

    def mailbox(self, name: str) -> Mailbox:
        """Return the mailbox of this name, with all that follows from whose it is."""
        return self._whole_mailboxes.get(name) or Mailbox(name=name)

    @cached_property
    def mailbox_names(self) -> tuple[str, ...]:
        """List everything that may be the name of a mailbox: of departments, of people, and those written."""
        return tuple(dict.fromkeys([*self.departments, *self.people, *self.mailboxes]))

    @cached_property
    def _whole_mailboxes(self) -> dict[str, Mailbox]:
        return {
            name: whole_mailbox(self.mailboxes.get(name, Mailbox()), self._owner(name)) for name in self.mailbox_names
        }

    def faxbox(self, name: str) -> FaxBox:
        """Return the fax box of this name, with all that follows from whose it is."""
        return self._whole_faxboxes.get(name) or FaxBox(name=name)

    @cached_property
    def _whole_faxboxes(self) -> dict[str, FaxBox]:
        return {
            name: whole_faxbox(written, self._owner(name), self._number_of_faxbox(name))
            for name, written in self.faxboxes.items()
        }

    def _number_of_faxbox(self, name: str) -> str | None:
        """Return the first number whose faxes come here; one that leads here at once goes before a voice number."""
        there = Destination(kind="fax", name=name)
        straight = (number for number, written in self.numbers.items() if written.entry == there)
        by_tone = (number for number, written in self.numbers.items() if written.fax == name)
        return next(chain(straight, by_tone, self.numbers), None)

    def _owner(self, name: str) -> Owner:
        """Return whose a box of this name is."""
        if (department := self.departments.get(name)) is not None:
            return Owner(department.name or name, department.mailbox, departments=(name,))
        if (person := self.people.get(name)) is not None:
            return Owner(person.name, people=(name,))
        return Owner(name)

    def extension(self, digits: str) -> str | None:
        """Return the name of the person whose phone has this extension."""
        return next((name for name, person in self.people.items() if person.phone == digits), None)
