"""What a desk says of a call: whose it is on, how it came, what was chosen, and where it went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from callrouter import events as ev
from callrouter.calls import Call, fold
from callrouter.events import Event
from config.schema import Site
from crm_bridge import pop
from crm_bridge.matching import Match, Matched
from crm_bridge.model import Customer, Kind
from crm_bridge.pop import Stage
from crm_bridge.pop_room import subject_in
from crm_bridge.web.desk_room import Known
from crm_bridge.web.desk_view import card, sure
from crm_bridge.whose import Whose

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SITE = Site.model_validate(
    {
        "company": {"name": "Acme", "timezone": "Europe/Vilnius"},
        "numbers": {"+370 5 200 0000": {"go": "billing"}},
        "departments": {"billing": {"name": "Billing"}, "tech_help": {}},
        "people": {
            "ann": {"name": "Ann Other", "phone": "201"},
            "ben": {"name": "Ben Nevis", "phone": "202"},
            "cat": {"name": "Cat Stevens", "phone": "203"},
        },
    }
)
OFFERED = ev.CallOffered(at=AT, call="c1", did="+37052000000", ani="+37060000001", ani_name="Jonas")
QUEUED = ev.CallQueued(at=AT + timedelta(seconds=10), call="c1", department="billing", position=1)
TALKING = ev.CallAnswered(at=AT, call="c1", agent="ann", department="billing", waited=12.0)


def rings(*agents: str, department: str = "billing") -> Event:
    return ev.AgentsOffered(at=AT, call="c1", agents=agents, department=department, why="longest idle")


def stops(agent: str, reply: str = "no answer") -> Event:
    return ev.OfferEnded(at=AT, call="c1", agent=agent, department="billing", reply=reply)


def passed_on(by: str = "ann", to: str = "202", how: str = "blind") -> tuple[Event, ...]:
    return (
        ev.CallTransferred(at=AT, call="c1", agent=by, to=to, how=how),
        ev.CallReleased(at=AT, call="c1", agent=by, department="billing", talked=20.0),
    )


ASKS = ev.ConsultationBegun(at=AT, call="c1", agent="ann", to="ben")
DONE = ev.ConsultationEnded(at=AT, call="c1", agent="ann", to="ben")
ENDED = ev.CallEnded(at=AT, call="c1", outcome="abandoned")


def call_of(*events: Event) -> Call:
    call = fold([OFFERED, *events])
    assert call is not None
    return call


@pytest.mark.parametrize(
    ("events", "stages"),
    [
        pytest.param((), {}, id="nobody rings"),
        pytest.param((QUEUED, rings("ann")), {"ann": "ringing"}, id="rings"),
        pytest.param((QUEUED, rings("ann", "ben")), {"ann": "ringing", "ben": "ringing"}, id="two ring"),
        pytest.param((QUEUED, rings("ann", "ben"), stops("ann")), {"ben": "ringing"}, id="one declines"),
        pytest.param((QUEUED, rings("ann"), stops("ann"), rings("ben")), {"ben": "ringing"}, id="moved on"),
        pytest.param((QUEUED, rings("ann"), TALKING), {"ann": "talking"}, id="answered"),
        pytest.param(
            (QUEUED, rings("ann", "ben"), TALKING, stops("ben", "cancelled")), {"ann": "talking"}, id="the other stops"
        ),
        pytest.param((rings("ann", department=""),), {"ann": "ringing"}, id="dialled directly"),
        pytest.param((QUEUED, rings("ann"), TALKING, ASKS), {"ann": "talking", "ben": "asked"}, id="a colleague asked"),
        pytest.param((QUEUED, rings("ann"), TALKING, ASKS, DONE), {"ann": "talking"}, id="who says no"),
        pytest.param(
            (QUEUED, rings("ann"), TALKING, ASKS, ev.CallAnswered(at=AT, call="c1", agent="ben")),
            {"ben": "talking"},
            id="passed on after asking",
        ),
        pytest.param(
            (QUEUED, rings("ann"), TALKING, *passed_on(), rings("ben", department="")),
            {"ben": "ringing"},
            id="passed on without asking",
        ),
        pytest.param((QUEUED, rings("ann"), ENDED), {}, id="hung up while it rang"),
        pytest.param(
            (QUEUED, rings("ann"), ev.CallLeftQueue(at=AT, call="c1", department="billing", why="x", waited=1.0)),
            {},
            id="left the line while it rang",
        ),
    ],
)
def test_on_whose_desks_a_call_is(events: tuple[Event, ...], stages: dict[str, str]) -> None:
    call = call_of(*events)
    found = {person: stage.value for person in SITE.people if (stage := pop.stage_of(call, person)) is not None}
    assert found == stages


@pytest.mark.parametrize(
    ("events", "person", "words", "by"),
    [
        pytest.param((QUEUED, rings("ann")), "ann", "From the line of Billing", "", id="a line"),
        pytest.param((rings("ann", department=""),), "ann", "Dialled you directly", "", id="direct"),
        pytest.param(
            (QUEUED, rings("ann"), TALKING, ASKS), "ben", "Ann Other asks you about this caller", "Ann Other", id="asks"
        ),
        pytest.param(
            (QUEUED, rings("ann"), TALKING, *passed_on(), rings("ben", department="")),
            "ben",
            "Sent by Ann Other",
            "Ann Other",
            id="sent",
        ),
        pytest.param(
            (QUEUED, rings("ann"), TALKING, *passed_on(), rings("ann", department="")),
            "ann",
            "From the line of Billing",
            "",
            id="came back, since nobody answered there",
        ),
    ],
)
def test_how_it_came(events: tuple[Event, ...], person: str, words: str, by: str) -> None:
    came = pop.came(pop.subject_of(call_of(*events), person), SITE)
    assert (came.words, came.by, came.with_us) == (words, by, AT)


def test_the_wait_so_far_is_from_the_line_on_and_stays_when_it_is_over() -> None:
    waiting = pop.came(pop.subject_of(call_of(QUEUED, rings("ann")), "ann"), SITE)
    assert (waiting.waiting_since, waiting.waited) == (AT + timedelta(seconds=10), 0.0)
    talking = pop.came(pop.subject_of(call_of(QUEUED, rings("ann"), TALKING), "ann"), SITE)
    assert (talking.waiting_since, talking.waited) == (None, 12.0)


def test_what_was_chosen_is_said_by_meaning_and_no_key_is_in_it() -> None:
    call = call_of(
        ev.MenuEntered(at=AT, call="c1", menu="main"),
        ev.KeysPressed(at=AT, call="c1", keys="917", menu="main"),
        ev.FactNamed(at=AT, call="c1", name="intent", value="invoice"),
        ev.LanguageChosen(at=AT, call="c1", language="lt"),
        ev.MenuEntered(at=AT, call="c1", menu="after_hours"),
        ev.MenuEntered(at=AT, call="c1", menu="main"),
        ev.CallQueued(at=AT, call="c1", department="tech_help", position=1),
    )
    chosen = pop.chosen(call, SITE)
    assert (chosen.facts, chosen.ways, chosen.language) == (
        {"Intent": "invoice"},
        ("Main", "After hours", "Tech help"),
        "lt",
    )
    assert "917" not in str(chosen)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param((QUEUED, rings("ann"), stops("ann"), rings("ben")), "It rings at Ben Nevis now.", id="moved"),
        pytest.param(
            (QUEUED, rings("ann"), stops("ann"), rings("ben", "cat")),
            "It rings at Ben Nevis and Cat Stevens now.",
            id="moved to two",
        ),
        pytest.param(
            (QUEUED, rings("ann"), stops("ann")), "The caller waits on in the line of Billing.", id="nobody free"
        ),
        pytest.param(
            (QUEUED, rings("ben"), ev.CallAnswered(at=AT, call="c1", agent="ben")), "Ben Nevis answered.", id="answered"
        ),
        pytest.param((QUEUED, rings("ann"), stops("ann"), ENDED), "The caller hung up.", id="hung up"),
        pytest.param(
            (
                QUEUED, rings("ann"), stops("ann"),
                ev.CallLeftQueue(at=AT, call="c1", department="billing", why="x", waited=1.0),
                ev.BranchTaken(at=AT, call="c1", origin="billing", to="voicemail billing", why="waited 120 s"),
            ),
            "It went on to the voicemail of Billing.",
            id="overflow",
        ),
    ],
)  # fmt: skip
def test_where_it_went(events: tuple[Event, ...], said: str) -> None:
    assert pop.where_now(call_of(*events), SITE) == said


@pytest.mark.parametrize(
    ("event", "call", "people"),
    [
        pytest.param(rings("ann"), call_of(QUEUED, rings("ann")), {"ann"}, id="who rings"),
        pytest.param(
            rings("ben"), call_of(QUEUED, rings("ann"), stops("ann"), rings("ben")), {"ann", "ben"}, id="and who rang"
        ),
        pytest.param(ASKS, call_of(QUEUED, rings("ann"), TALKING, ASKS), {"ann", "ben"}, id="who asks and is asked"),
        pytest.param(ENDED, call_of(QUEUED, rings("ann"), TALKING, ENDED), {"ann"}, id="who talked"),
        pytest.param(QUEUED, call_of(QUEUED), set(), id="nobody yet"),
        pytest.param(ev.AgentChanged(at=AT, agent="ann", state="ready"), None, {"ann"}, id="what an agent does"),
        pytest.param(
            ev.OutboundBegun(at=AT, call="out-1", agent="ann", number="+370"), None, {"ann"}, id="whom we call for"
        ),
    ],
)
def test_whom_an_event_concerns(event: Event, call: Call | None, people: set[str]) -> None:
    assert pop.concerned(event, call) == people


OUT = ev.OutboundBegun(at=AT, call="out-1", agent="ann", number="+37060000001")


@pytest.mark.parametrize(
    ("events", "stage", "talked"),
    [
        pytest.param([OUT], Stage.CALLING, False, id="the own phone rings"),
        pytest.param(
            [OUT, ev.OutboundRinging(at=AT, call="out-1", agent="ann", number="+370")], Stage.CALLING, False, id="there"
        ),
        pytest.param(
            [OUT, ev.OutboundAnswered(at=AT, call="out-1", agent="ann", number="+370")], Stage.TALKING, True, id="talk"
        ),
        pytest.param([OUT, ev.OutboundEnded(at=AT, call="out-1", agent="ann", reply="busy")], None, False, id="busy"),
    ],
)
def test_a_call_of_ours(events: list[Event], stage: Stage | None, talked: bool) -> None:
    subject = None
    for event in events:
        subject = pop.placed(subject, event)
    assert (subject.stage, subject.talked) == (stage, talked) if subject is not None else stage is None


def test_what_rings_is_before_what_is_talked_of() -> None:
    talked = call_of(QUEUED, rings("ann"), TALKING)
    ringing = fold([ev.CallOffered(at=AT, call="c2", did="d"), ev.AgentsOffered(at=AT, call="c2", agents=("ann",))])
    assert ringing is not None
    out = pop.placed(None, OUT)
    assert out is not None
    on_desk = pop.on_desk([talked, ringing], [out], "ann")
    assert [one.id for one in on_desk] == ["c2", "out-1", "c1"]
    assert pop.on_desk([talked, ringing], [out], "ben") == []


def test_a_story_is_nobodys_but_who_talked_in_it() -> None:
    story: list[Event] = [OFFERED, QUEUED, rings("ann", "ben"), TALKING, stops("ben", "cancelled")]
    subject = subject_in(story, "ann")
    assert subject is not None and (subject.department, subject.talked) == ("billing", True)
    assert subject_in(story, "ben") is None and subject_in([], "ann") is None
    assert subject_in([OUT], "ann") is not None and subject_in([OUT], "ben") is None


# ---- how certain it is

ONA = Customer("k1", AT, "Ona Žydrė", ("+37060000001",), company="UAB Medis", organisation="k3", language="lt")
JONAS = Customer("k2", AT, "Jonas", ("+37060000001",))
MEDIS = Customer("k3", AT, "UAB Medis", ("+37052123456",), kind=Kind.ORGANISATION)
NAMELESS = Customer("k4", AT, numbers=("+37060000001",), made_by_us=True)
NUMBER = "+37060000001"


@pytest.mark.parametrize(
    ("whose", "said", "name"),
    [
        pytest.param(None, "the customers cannot be looked up now", NUMBER, id="the database is away"),
        pytest.param(
            Whose(Match(Matched.KNOWN, NUMBER, (ONA,), 1), ONA), "known by this number", "Ona Žydrė", id="known"
        ),
        pytest.param(
            Whose(Match(Matched.ONE_OF, NUMBER, (ONA, JONAS), 2)), "one of 2", NUMBER, id="one of two is no name"
        ),
        pytest.param(
            Whose(Match(Matched.ONE_OF, NUMBER, (ONA, JONAS), 2), JONAS, by_hand=True), "assigned by hand", "Jonas",
            id="chosen",
        ),
        pytest.param(
            Whose(Match(Matched.KNOWN, "+37052123456", (MEDIS,), 1, MEDIS, (ONA,), 12), MEDIS),
            "the company, or one of its 12", "UAB Medis", id="a switchboard",
        ),
        pytest.param(Whose(Match(Matched.UNKNOWN, NUMBER)), "unknown", NUMBER, id="unknown"),
        pytest.param(
            Whose(Match(Matched.UNKNOWN, NUMBER, nameless=NAMELESS)), "unknown, but has been here before", NUMBER,
            id="unknown, and called before",
        ),
        pytest.param(Whose(Match(Matched.WITHHELD)), "number withheld", "Number withheld", id="withheld"),
    ],
)  # fmt: skip
def test_it_says_how_certain_it_is_and_never_guesses(whose: Whose | None, said: str, name: str) -> None:
    known = Known(whose)
    assert sure(known).words == said
    shown = card(pop.subject_of(call_of(QUEUED, rings("ann")), "ann"), known, SITE, AT)
    assert shown.name == name
    listed = {choice.id for choice in (*shown.choices, *shown.people)}
    assert listed == {"one of 2": {"k1", "k2"}, "the company, or one of its 12": {"k1"}}.get(said, set())
    assert shown.can_attach == (whose is not None and whose.match.kind is Matched.UNKNOWN)
