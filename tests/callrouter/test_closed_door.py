"""A caller before what was closed by hand: the live reception, with a simulated caller on virtual time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callrouter import events as ev
from callrouter.chronicle import Chronicle
from callrouter.closed_door import ClosedDoor
from callrouter.closures import WHOLE_LINE, Closure, Closures, Extent, Scope
from callrouter.connector import Connector
from callrouter.events import Event
from callrouter.reception import Arrival, Reception
from callrouter.rehearsal.call import ONE_PAGE
from callrouter.rehearsal.caller import LeftBehind, RehearsedCaller, RehearsedFaxes, RehearsedMessages, Tone
from callrouter.rehearsal.rooms import CallersClock, People, RehearsedLines, Told
from callrouter.rehearsal.situation import Situation, Stage
from config.schema import Site
from ivr.conversation import Taken, Utterance
from ivr.simulator import script
from ivr.speech.spoken import Spoken
from tests.callrouter.memory_book import MemoryBook
from tests.ivr.ivr_sites import finish

NUMBER, DIRECT, PLAIN, FAX, BOX = (f"+3705200000{number}" for number in range(5))
AT = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/Vilnius"))
SITE = Site.model_validate(
    {
        "company": {"name": "Acme", "timezone": "Europe/Vilnius", "languages": ["en", "lt"]},
        "numbers": {
            NUMBER: {"menu": "main"},
            DIRECT: {"go": "billing", "language": "lt"},
            PLAIN: {"go": "sales"},
            FAX: {"go": {"fax": "office"}},
            BOX: {"go": {"voicemail": "billing"}},
        },
        "menus": {
            "main": {
                "say": "Main.",
                "keys": {1: "billing", 2: "sales", 3: "alice"},
                "closed": {"hours": "office", "go": "evening"},
            },
            "evening": {"say": "Evening.", "go": {"voicemail": "billing"}},
        },
        "departments": {"billing": {"mailbox": "billing@acme.example"}, "sales": {"announce_every": "30s"}},
        "people": {"alice": {"name": "Alice", "phone": 101, "departments": ["billing", "sales"]}},
        "hours": {"office": {"open": ["mon-sun 00:00-24:00"]}},
        "faxboxes": {"office": {"deliver": [{"mail": "fax@acme.example"}]}},
    }
)
BILLING, SALES = (Scope(Extent.DEPARTMENT, name) for name in ("billing", "sales"))
WORDS = (("en", "Closed today."), ("lt", "Šiandien uždaryta."))


class Sounds:
    """Every text has a sound, which is known by its words."""

    def find(self, spoken: Spoken) -> Utterance | None:
        return None if spoken.text == "Mute." else Taken(f"{spoken.text}.wav", 2.0)

    def recording(self, name: str, language: str) -> Utterance | None:
        return None if name == "gone" else Taken(f"{name}.wav", 2.0)


def _closure(scope: Scope, say: tuple[tuple[str, str], ...] = WORDS, play: str = "") -> Closure:
    return Closure(scope, AT, AT + timedelta(hours=8), "sue", say, play)


@dataclass
class Street:
    """Calls to one site while something is closed by hand."""

    closed: list[Closure] = field(default_factory=list)

    def close(self, scope: Scope, say: tuple[tuple[str, str], ...] = WORDS, play: str = "") -> None:
        self.closed.append(_closure(scope, say, play))

    async def call(
        self,
        to: str = NUMBER,
        keys: str = "",
        *,
        hangs_up: float = 120.0,
        meanwhile: Scope | None = None,
        when: type[Event] = ev.PositionTold,
        ready: bool = False,
    ) -> Called:
        """Let somebody call, by a fax machine to its number; `meanwhile` is closed once that happened to him."""
        fax = ONE_PAGE if to == FAX else None
        caller = RehearsedCaller(script(keys), hangs_up_at=hangs_up, fax=fax, speaks=8.0)
        clock = CallersClock(AT, lambda: caller.elapsed)
        closures = Closures(Chronicle(MemoryBook()), clock)

        def watch(event: Event) -> None:
            if meanwhile is not None and isinstance(event, when) and not closures.now():
                finish(closures.close(_closure(meanwhile)))

        told = Told(watch)
        for closure in self.closed:
            await closures.close(closure)
        stage = Stage(SITE)
        people = People(stage, Situation(to, AT), clock)
        caller.lines = RehearsedLines(stage, people, told, clock, others=0 if ready else 3)
        left = LeftBehind()
        reception = Reception(
            SITE, roster=people, room=caller.lines, connector=Connector(people, told, clock, hang_up=lambda _: None),
            chronicle=told, messages=RehearsedMessages(left), faxes=RehearsedFaxes(left), clock=clock,
            left_open=lambda _: None, door=ClosedDoor(closures, Sounds(), told, clock),
        )  # fmt: skip
        await reception.receive(caller, Arrival("c1", to, uniqueid="c1"), Tone(False))
        closures.stop()
        return Called([sound.utterance for sound in caller.heard], told.events, len(left.messages), len(left.faxes))


@dataclass(frozen=True)
class Called:
    heard: list[Utterance]
    events: list[Event]
    messages: int = 0
    faxes: int = 0

    @property
    def words(self) -> list[str]:
        return [
            said.path.removesuffix(".wav") if isinstance(said, Taken)
            else said.text if isinstance(said, Spoken) else said.name
            for said in self.heard
        ]  # fmt: skip

    @property
    def outcome(self) -> str:
        (end,) = [event for event in self.events if isinstance(event, ev.CallEnded)]
        return end.outcome

    @property
    def why(self) -> list[str]:
        return [event.why for event in self.events if isinstance(event, ev.BranchTaken)]


@pytest.fixture
def street() -> Street:
    return Street()


@pytest.mark.parametrize(
    ("to", "words", "outcome"),
    [
        pytest.param(NUMBER, ["Closed today.", "Evening."], "voicemail", id="a menu: its closed branch"),
        pytest.param(
            DIRECT, ["Šiandien uždaryta."], "voicemail", id="a department: its mailbox, in the number's language"
        ),
        pytest.param(PLAIN, ["Closed today."], "closed", id="nothing to lead to: hung up"),
    ],
)
async def test_a_closed_line_tells_callers_and_leads_them_where_closed_leads(
    street: Street, to: str, words: list[str], outcome: str
) -> None:
    street.close(WHOLE_LINE)
    called = await street.call(to)
    assert called.words[: len(words)] == words
    assert called.outcome == outcome
    assert called.why[0] == "closed: the line, by sue, until 2026-11-24 18:00"


async def test_a_fax_number_is_closed_by_its_own_closure_only(street: Street) -> None:
    street.close(WHOLE_LINE)
    assert "Closed today." not in (await street.call(FAX)).words
    street.close(Scope(Extent.NUMBER, FAX))
    assert (await street.call(FAX)).words == ["Closed today."]


async def test_other_numbers_than_the_closed_one_go_on(street: Street) -> None:
    street.close(Scope(Extent.NUMBER, DIRECT))
    assert (await street.call(NUMBER)).words[0] == "Main."
    assert (await street.call(DIRECT)).words[0] == "Šiandien uždaryta."


async def test_a_caller_in_the_menus_hears_it_at_the_department(street: Street) -> None:
    street.close(SALES)
    called = await street.call(keys="w1 2")
    assert called.words == ["Main.", "Closed today."]
    assert called.outcome == "closed"


async def test_a_caller_who_waits_hears_it_at_once_and_is_led_on(street: Street) -> None:
    called = await street.call(PLAIN, meanwhile=SALES)
    assert called.words[-1] == "Closed today."
    assert called.outcome == "closed"
    (left,) = [event for event in called.events if isinstance(event, ev.CallLeftQueue)]
    assert left.why == "closed by hand meanwhile"


@pytest.mark.parametrize(
    ("to", "keys", "when", "words", "outcome"),
    [
        pytest.param(NUMBER, "w2 2", ev.PromptHeard, ["Main.", "Closed today."], "closed", id="in the greeting"),
        pytest.param(NUMBER, "w2 3", ev.PromptHeard, ["Main."], "answered", id="in the greeting, to a colleague"),
        pytest.param(
            NUMBER, "w2 1", ev.BranchTaken, ["Main.", "Closed today."], "voicemail", id="on the way to a line"
        ),
        pytest.param(PLAIN, "", ev.CallAnswered, [], "answered", id="in conversation"),
        pytest.param(BOX, "", ev.MessageBegun, [], "voicemail", id="leaving a message"),
        pytest.param(FAX, "", ev.FaxBegun, [], "fax", id="sending a fax"),
    ],
)
async def test_what_is_under_way_when_the_line_is_closed_is_taken_to_its_end(
    street: Street, to: str, keys: str, when: type[Event], words: list[str], outcome: str
) -> None:
    called = await street.call(to, keys, meanwhile=WHOLE_LINE, when=when, ready=True)
    assert called.words[: len(words)] == words
    assert ("Closed today." in called.words) is ("Closed today." in words), "nobody is told twice, nor for nothing"
    assert called.outcome == outcome
    assert called.messages == (outcome == "voicemail") and called.faxes == (outcome == "fax")


async def test_a_message_spoken_by_phone_is_heard_and_is_called_so_in_the_story(street: Street) -> None:
    street.close(SALES, (), "spoken:0123456789abcdef")
    called = await street.call(PLAIN)
    assert called.words[0] == "spoken:0123456789abcdef"
    assert next(one.text for one in called.events if isinstance(one, ev.PromptHeard)) == "a message spoken by phone"


async def test_a_caller_who_hangs_up_while_told_met_a_closed_door(street: Street) -> None:
    street.close(SALES)
    assert (await street.call(PLAIN, hangs_up=1.0)).outcome == "closed"


async def test_words_are_told_once_though_the_way_leads_past_the_door_again(street: Street) -> None:
    street.close(WHOLE_LINE)
    assert (await street.call()).words.count("Closed today.") == 1


@pytest.mark.parametrize(
    ("say", "play", "heard"),
    [
        pytest.param(WORDS, "storm", "storm", id="a recording"),
        pytest.param((), "gone", "We are sorry, nobody can take your call now.", id="no such recording any more"),
        pytest.param((("lt", "Uždaryta."),), "", "Uždaryta.", id="the one language there is"),
        pytest.param((("en", "Mute."),), "", "We are sorry, nobody can take your call now.", id="its sound is gone"),
        pytest.param((), "", "We are sorry, nobody can take your call now.", id="no words at all"),
    ],
)
async def test_whatever_became_of_the_words_something_is_said(
    street: Street, say: tuple[tuple[str, str], ...], play: str, heard: str
) -> None:
    street.close(SALES, say, play)
    assert (await street.call(PLAIN)).words[0].startswith(heard)
