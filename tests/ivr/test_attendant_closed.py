"""The emergency attendant knows what was closed by hand, and tells callers so."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.values import Destination, Prompt
from ivr import phrases
from ivr.attendant import closed as doors
from ivr.attendant.__main__ import Attendant as Attending
from ivr.attendant.closed import Closed, Words
from ivr.attendant.leg import AttendantLeg
from ivr.attendant.report import Report
from ivr.attendant.snapshot import Snapshot
from ivr.closed_way import closed_way
from ivr.conversation import CallerGone, Conversation, Recorded, Taken
from ivr.prompt_book import PromptBook
from tests.contract.conversations import Attendant, Scene
from tests.ivr.ivr_sites import site

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LATER = (NOW + timedelta(hours=1)).isoformat()
SAY = (Words("en", "/sounds/a.wav", 2.0), Words("lt", "/sounds/b.wav", 2.5))
NUMBER = "+37052000000"


def test_what_was_written_is_read_until_its_time(tmp_path: Path) -> None:
    written = [Closed("line", LATER, SAY), Closed("department:sales", LATER, (), "storm")]
    doors.write(tmp_path / "attendant", written)
    assert doors.read(tmp_path / "attendant", NOW) == tuple(written)
    assert doors.read(tmp_path / "attendant", NOW + timedelta(hours=2)) == ()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[1]",
        '[{"scope": "line"}]',
        '[{"scope": "line", "until": "soon", "say": [], "play": ""}]',
        "x" * 2_000_000,
    ],
    ids=["empty", "torn", "numbers", "half", "no time", "huge"],
)
def test_what_cannot_be_read_closes_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / doors.FILE).write_text(content)
    assert doors.read(tmp_path, NOW) == ()
    assert doors.read(tmp_path / "nowhere", NOW) == ()


@pytest.mark.parametrize(
    ("scopes", "department", "found"),
    [
        (["line"], "", "line"),
        (["line", f"number:{NUMBER}"], "", f"number:{NUMBER}"),
        (["line", f"number:{NUMBER}", "department:sales"], "sales", "department:sales"),
        (["department:sales"], "night", None),
        (["number:+37052000001"], "sales", None),
    ],
)
def test_the_narrowest_door_is_found(scopes: list[str], department: str, found: str | None) -> None:
    shut = doors.find([Closed(scope, LATER) for scope in scopes], NUMBER, department)
    assert (shut.scope if shut else None) == found


@pytest.mark.parametrize(
    ("shut", "said"),
    [
        (Closed("line", LATER, SAY), Taken("/sounds/b.wav", 2.5)),
        (Closed("line", LATER, SAY[:1]), Taken("/sounds/a.wav", 2.0)),
        (Closed("line", LATER, (), "storm"), Recorded("storm", "lt")),
        (Closed("line", LATER), None),
    ],
    ids=["the caller's language", "the one there is", "a recording", "nothing"],
)
def test_the_words_are_in_the_callers_language_where_they_are(shut: Closed, said: object) -> None:
    assert shut.words("lt") == said


SITE = site(
    {
        "main": {"say": "Main.", "keys": {1: "sales"}, "closed": {"hours": "office", "go": "evening"}},
        "plain": {"say": "Plain.", "keys": {1: "sales"}},
        "greets": {"say": "Hello.", "go": "sales"},
        "evening": {"say": "Evening.", "go": "hangup"},
    },
    departments={"sales": {"mailbox": "sales@acme.example"}, "night": {}, "day": {"closed": "evening"}},
)


@pytest.mark.parametrize(
    ("entry", "to"),
    [
        ("main", "evening"),
        ("plain", "hangup"),
        ("greets", "voicemail sales"),
        ("sales", "voicemail sales"),
        ("night", "hangup"),
        ("day", "evening"),
        ("alice", "hangup"),
    ],
)
def test_the_way_from_a_closed_door(entry: str, to: str) -> None:
    way = SITE.resolve(closed_way(SITE, Destination(kind="name", name=entry)))
    assert str(way).removeprefix("menu ") == to


NIGHT = site(
    {
        "main": {"say": "Main.", "keys": {1: "night"}, "closed": {"hours": "always", "go": "evening"}},
        "evening": {"say": "Evening.", "go": "hangup"},
    },
    numbers={NUMBER: {"menu": "main"}},
    hours={"always": {"open": ["daily 00:00-24:00"]}},
)
#: How the fake of Asterisk names the sound of the words.
SAID = Recorded("a", "sounds")
MAIN, EVENING = (phrases.spoken(NIGHT, Prompt(texts={"en": text}), "en") for text in ("Main.", "Evening."))


@pytest.mark.parametrize(
    ("scope", "presses", "played", "outcome"),
    [
        pytest.param("line", (), [SAID, EVENING], "closed", id="the line: the menu's closed branch"),
        pytest.param("department:night", ((3.0, "1"),), [MAIN, SAID], "closed", id="a department chosen in the menu"),
        pytest.param("department:sales", (), [MAIN], "closed", id="another department: the menus as ever"),
    ],
)
async def test_a_caller_of_the_attendant_hears_that_it_is_closed(
    scope: str, presses: tuple[tuple[float, str], ...], played: list[object], outcome: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    report = Report("1.1", NUMBER)
    closed = [Closed(scope, LATER, SAY[:1])]

    async def work(caller: Conversation) -> None:
        assert isinstance(caller, AttendantLeg)
        with suppress(CallerGone):
            await Attending(Snapshot(NIGHT, PromptBook({}, {}, tmp_path), tmp_path), caller, report, closed).serve(
                NUMBER
            )

    done = await Attendant(tmp_path, monkeypatch)(Scene(presses, hangs_up_at=20.0), work)
    assert list(done.played)[: len(played)] == played
    assert report.outcome == outcome
