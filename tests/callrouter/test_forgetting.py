"""What of an event is personal goes, what is counted stays; and of the drop folder only what is theirs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from callrouter import events as ev
from callrouter.calls import fold
from callrouter.chronicle import entry
from callrouter.forgetting import contact_in, find_drops, forget_drops, masked, number_in
from ledger.entry import StoredEntry
from ledger.forgetting_words import Whom
from tests.fixtures.journal_of_calls import START, Caller

WHOM = Whom("erased x", calls=("c1",), numbers=("+37060000001",), local=("60000001",), names=("Ona",))
OURS = frozenset({"invoice"})


def stored(event: ev.Event) -> StoredEntry:
    told = entry(event)
    return StoredEntry(seq=1, **{name: getattr(told, name) for name in ("id", "kind", "at", "call", "agent", "data")})


@pytest.mark.parametrize(
    ("event", "left"),
    [
        pytest.param(
            ev.CallOffered(at=START, did="+37052000000", ani="8 600 00001", ani_name="Ona", site="v1"),
            {"did": "+37052000000", "ani": "erased x", "ani_name": "erased x", "site": "v1"},
            id="offered",
        ),
        pytest.param(ev.CallOffered(at=START, did="+37052000000"), {"ani": "", "ani_name": ""}, id="withheld"),
        pytest.param(
            ev.CallOffered(at=START, did="1", ani="anonymous"), {"ani": "anonymous"}, id="withheld, as a trunk says it"
        ),
        pytest.param(ev.OutboundBegun(at=START, number="+37069999999"), {"number": "erased x"}, id="called by us"),
        pytest.param(ev.FaxCallBegun(at=START, number="1", fax="f"), {"number": "erased x", "fax": "f"}, id="fax"),
        pytest.param(ev.KeysPressed(at=START, keys="1", menu="main"), {"keys": "1", "menu": "main"}, id="a choice"),
        pytest.param(ev.KeysPressed(at=START, keys="4711"), {"keys": "erased x"}, id="a number typed"),
        pytest.param(ev.FactNamed(at=START, name="intent", value="invoice"), {"value": "invoice"}, id="our fact"),
        pytest.param(ev.FactNamed(at=START, name="id", value="4711"), {"name": "id", "value": "erased x"}, id="theirs"),
        pytest.param(ev.CallTransferred(at=START, to="+37060000001"), {"to": "erased x"}, id="passed on to them"),
        pytest.param(ev.CallFailed(at=START, error="no Ona"), {"error": "no erased x"}, id="a fault's words"),
        pytest.param(ev.CallAnswered(at=START, waited=7.0), {"waited": 7.0}, id="figures"),
        pytest.param(ev.CallEnded(at=START, outcome="answered"), {"outcome": "answered"}, id="outcome"),
    ],
)
def test_an_event_is_masked(event: ev.Event, left: dict[str, object]) -> None:
    one = stored(event)
    done = masked(one, WHOM, OURS)
    assert {name: done[name] for name in left} == left
    again = StoredEntry(seq=1, id=one.id, kind=one.kind, at=one.at, data=done)
    assert masked(again, WHOM, OURS) == done, "twice is once"


def test_the_call_folds_as_before() -> None:
    caller = Caller("c1").menu().joins().rings("alice").answered().released()
    events = caller.tell(ev.KeysPressed, keys="4711", menu="main").ends("answered")
    told = [
        ev.from_data(e.KIND, e.at, e.call, e.agent, e.department, dict(masked(stored(e), WHOM, OURS))) for e in events
    ]
    before, after = fold(events), fold(told)
    assert before is not None
    assert after is not None
    for name in ("outcome", "waited", "talked", "department", "answered_by", "ended_at", "path", "odd", "did"):
        assert getattr(after, name) == getattr(before, name), name
    assert (after.ani, after.ani_name, after.keys) == ("erased x", "erased x", ("erased x",))


async def test_what_was_left_in_anothers_call_stays(tmp_path: Path) -> None:
    for name, call in (("a", "c1"), ("b", "c2"), ("c", "")):
        (tmp_path / f"{name}.json").write_text(json.dumps({"call": call, "ani": "+37060000001"}))
    found = await find_drops(tmp_path, replace(WHOM, others=("c2",)))
    assert [path.name for path in found] == ["a.json", "c.json"]


def test_the_contact_of_an_entry() -> None:
    assert contact_in(stored(ev.CallOffered(at=START, call="c1", did="1", ani="2"))) == "c1"
    assert contact_in(stored(ev.FaxCallBegun(at=START, call="c1", number="2", fax="f1"))) == "f1"


def test_the_number_of_an_event() -> None:
    assert number_in(stored(ev.CallOffered(at=START, did="1", ani="2"))) == "2"
    assert number_in(stored(ev.OutboundBegun(at=START, number="3"))) == "3"
    assert number_in(stored(ev.CallHeld(at=START))) == ""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_of_the_drop_folder_only_theirs_goes(tmp_path: Path) -> None:
    for stem, facts in {
        "a": {"ani": "+370 600 00001"}, "b": {"ani": "+37060000002"}, "c": {"call": "c1"}, "d": {"ani": 5},
    }.items():  # fmt: skip
        (tmp_path / f"{stem}.json").write_text(json.dumps(facts))
        (tmp_path / f"{stem}.wav").write_bytes(b"RIFF")
    (tmp_path / "e.json").write_text("[")
    (tmp_path / ".f.begun").write_text(json.dumps({"ani": "60000001"}))
    (tmp_path / "f.wav").write_bytes(b"RIFF")
    found = [path.name for path in await find_drops(tmp_path, WHOM)]
    assert found == ["f.wav", ".f.begun", "a.wav", "a.json", "c.wav", "c.json"]
    assert await forget_drops(tmp_path, WHOM) == 6
    assert names(tmp_path) == ["b.json", "b.wav", "d.json", "d.wav", "e.json"]
    assert await forget_drops(tmp_path, WHOM) == await forget_drops(tmp_path / "absent", WHOM) == 0
