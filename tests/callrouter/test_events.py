"""The journal's vocabulary: every event comes back from disk as it was, and later versions do no harm."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter import events as ev
from callrouter.events import KINDS, Event, UnknownEvent, from_data, to_data

AT = datetime(2026, 11, 24, 8, 0, 0, 123456, tzinfo=UTC)

#: One event of every kind, with all that can be said of it.
EVENTS: list[Event] = [
    ev.CallOffered(
        at=AT, call="c1", did="d", ani="a", ani_name="Ona", site="5", channel="PJSIP/x-1", uniqueid="1.2", priority=5
    ),
    ev.MenuEntered(at=AT, call="c1", menu="main"),
    ev.PromptHeard(at=AT, call="c1", text="Sveiki.", language="lt", menu="main", purpose="menu", whole=False),
    ev.KeysPressed(at=AT, call="c1", keys="12", menu="main", status="no_match"),
    ev.FactNamed(at=AT, call="c1", name="intent", value="invoice"),
    ev.LanguageChosen(at=AT, call="c1", language="lt"),
    ev.BranchTaken(at=AT, call="c1", origin="main", to="department sales", why="key 1"),
    ev.CallQueued(at=AT, call="c1", department="sales", position=3, priority=1),
    ev.PositionTold(at=AT, call="c1", department="sales", position=2, expected_wait=61.5),
    ev.AgentsOffered(
        at=AT, call="c1", department="sales", agents=("ann", "bob"), why="longest idle", why_not={"cid": "paused"}
    ),
    ev.OfferEnded(at=AT, call="c1", agent="ann", department="sales", reply="no answer", rang=15.0),
    ev.CallAnswered(at=AT, call="c1", agent="bob", department="sales", waited=20.5, rang=3.0),
    ev.CallHeld(at=AT, call="c1", agent="bob"),
    ev.CallResumed(at=AT, call="c1", agent="bob"),
    ev.CallTransferred(at=AT, call="c1", agent="bob", to="ann", how="attended"),
    ev.ConsultationBegun(at=AT, call="c1", agent="bob", to="ann"),
    ev.ConsultationEnded(at=AT, call="c1", agent="bob", to="ann"),
    ev.CallReleased(at=AT, call="c1", agent="bob", talked=120.0, by=ev.Party.AGENT, held=7.0),
    ev.CallLeftQueue(at=AT, call="c1", department="sales", why="overflow", waited=120.0, to="night"),
    ev.MessageBegun(at=AT, call="c1", mailbox="sales", file="taking-1.wav"),
    ev.MessageTaken(at=AT, call="c1", mailbox="sales", file="m1.wav", seconds=12.0, empty=True),
    ev.FaxBegun(at=AT, call="c1", box="sales", file="taking-1.tif"),
    ev.FaxReceived(at=AT, call="c1", box="sales", fax="f1", pages=2, ok=False, why="the line broke off"),
    ev.FaxCallBegun(at=AT, call="fax-1", number="+37060000001", fax="f2"),
    ev.FaxCallEnded(at=AT, call="fax-1", fax="f2", result="busy", pages=0, seconds=3.0),
    ev.OutboundBegun(at=AT, call="out-1", agent="bob", number="+37060000001", about="m1"),
    ev.OutboundRinging(at=AT, call="out-1", agent="bob", number="+37060000001"),
    ev.OutboundAnswered(at=AT, call="out-1", agent="bob", number="+37060000001"),
    ev.OutboundEnded(at=AT, call="out-1", agent="bob", reply="answered", talked=12.0),
    ev.AttendantServed(at=AT, call="c1", result="answered"),
    ev.CallFailed(at=AT, call="c1", error="KeyError"),
    ev.CallEnded(
        at=AT,
        call="c1",
        outcome=ev.Outcome.ABANDONED,
        hung_up_first=ev.Party.CALLER,
        abandoned_in="queue",
        estimated=True,
    ),
    ev.CallDisposed(at=AT, call="c1", agent="bob", department="sales", disposition="solved"),
    ev.DispositionMissed(at=AT, call="c1", agent="bob", department="sales"),
    ev.AgentChanged(at=AT, agent="bob", state="talking", reason="", then="pause", then_reason="lunch", owes="c1"),
    ev.PhoneChanged(at=AT, agent="bob", state="unregistered"),
    ev.CustomerChanged(
        at=AT, customer="k1", change="matter added", by="ann", data={"matter": "m1", "fields": ["name"]}
    ),
    ev.LinkLost(at=AT, since="2026-11-24T07:59:00+00:00", until="2026-11-24T08:00:00+00:00"),
    ev.ServerStarted(at=AT, site="5", version="0.1.0"),
    ev.ServerStopped(at=AT, why="asked to"),
    ev.SitePublished(at=AT, number=3, version="5f1c2a9b7d04", who="ann", why="worse", previous="0" * 12, back_to=1),
    ev.LineClosed(
        at=AT,
        department="sales",
        scope="department:sales",
        until="2026-11-24T18:00:00+00:00",
        who="ann",
        say={"en": "Closed."},
        play="storm",
    ),
    ev.LineReopened(at=AT, department="sales", scope="department:sales", who="ann"),
]


def stored(event: Event) -> dict[str, Any]:
    """Return the event's data as the disk gives it back."""
    data: dict[str, Any] = json.loads(json.dumps(to_data(event)))
    return data


def read(event: Event, data: dict[str, Any]) -> Event:
    return from_data(event.KIND, event.at, event.call, event.agent, event.department, data)


def test_every_kind_of_event_is_tested_here() -> None:
    assert {type(event) for event in EVENTS} == set(KINDS.values()) == set(Event.__subclasses__())


def test_every_kind_has_a_name_of_its_own() -> None:
    assert len(KINDS) == len(Event.__subclasses__())
    assert "" not in KINDS


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.KIND)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    assert read(event, stored(event)) == event


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.KIND)
def test_fields_of_a_later_version_are_left_out(event: Event) -> None:
    assert read(event, {**stored(event), "added_later": [1, {"deep": True}], "at": "never"}) == event


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.KIND)
def test_a_field_with_a_default_may_be_missing_and_no_other(event: Event) -> None:
    for field in fields(event):
        if field.name in ("at", "call", "agent", "department"):
            continue
        data = stored(event)
        del data[field.name]
        if field.default is not MISSING:
            assert getattr(read(event, data), field.name) == field.default
        elif field.default_factory is not MISSING:
            assert getattr(read(event, data), field.name) == field.default_factory()
        else:
            with pytest.raises(UnknownEvent, match=f"{event.KIND} without {field.name}"):
                read(event, data)


def test_the_common_fields_are_stored_beside_the_data() -> None:
    assert not {"at", "call", "agent", "department"} & set(to_data(EVENTS[-4]))


def test_an_event_of_an_unknown_kind() -> None:
    with pytest.raises(UnknownEvent, match="moon_landed"):
        from_data("moon_landed", AT, "", "", "", {})


def test_two_events_with_reasons_share_nothing() -> None:
    one, other = (ev.AgentsOffered(at=AT, agents=()) for _ in range(2))
    assert one.why_not is not other.why_not


texts = st.text(max_size=20)


@given(st.lists(texts, max_size=5), texts, st.dictionaries(texts, texts, max_size=5))
def test_whatever_an_offer_says_comes_back(agents: list[str], why: str, why_not: dict[str, str]) -> None:
    event = ev.AgentsOffered(at=AT, call="c1", department="sales", agents=tuple(agents), why=why, why_not=why_not)
    assert read(event, stored(event)) == event
