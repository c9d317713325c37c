"""The office that closes: what it refuses, what "until closing time" is, and what a restart finds."""

from __future__ import annotations

import asyncio
import shutil
import wave
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callrouter.chronicle import Chronicle
from callrouter.closing_by_phone import Span
from callrouter.closing_times import moment_of
from callrouter.closures import WHOLE_LINE, Closures, Extent, Scope
from config.recordings import Recordings
from config.schema import Site, Voices
from ivr.attendant import closed as doors
from ivr.conversation import Taken
from ivr.speech.spoken import Spoken
from ledger.clock import ManualClock, SystemClock
from ledger.database import Database
from ledger.journal import Journal
from server.closure_messages import MOST_KEPT, SpokenMessages
from server.closure_office import CannotClose, ClosureOffice, Words, keeping_doors
from server.spoken_sounds import MOST_CHARACTERS, MOST_IN_LINE, NoSound, SpokenSounds
from tests.callrouter.memory_book import MemoryBook
from tests.server.fake_store import FakeStore

ZONE = ZoneInfo("Europe/Vilnius")
#: A Friday, 11:30.
NOW = datetime(2026, 11, 20, 11, 30, tzinfo=ZONE)
SITE = Site.model_validate(
    {
        "company": {"name": "Acme", "timezone": "Europe/Vilnius", "languages": ["en", "lt"]},
        "numbers": {"+370 5 200 0000": {"go": "billing"}},
        "departments": {"billing": {"hours": "office"}, "support": {"hours": "long"}, "any": {}},
        "hours": {
            "office": {"open": ["mon-fri 09:00-18:00"]},
            "long": {"open": ["mon-fri 08:00-20:00", "sat 10:00-12:00"]},
        },
    }
)
LATER = NOW + timedelta(hours=2)
WORDS = Words({"en": "Closed.", "lt": "Uždaryta."})


def of(department: str) -> Scope:
    return Scope(Extent.DEPARTMENT, department)


def office_of(site: Callable[[], Site], closures: Closures, clock: ManualClock, folder: Path) -> ClosureOffice:
    """Put an office together without a journal."""
    spoken = SpokenMessages(folder / "spoken")
    return ClosureOffice(
        site, closures, SpokenSounds(FakeStore()), clock, lambda: Recordings(folder), folder / "attendant", spoken
    )


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[ClosureOffice]:
    clock = ManualClock(NOW)
    closures = Closures(Chronicle(MemoryBook()), clock)
    yield office_of(lambda: SITE, closures, clock, tmp_path)
    closures.stop()


def a_recording(site: Path, name: str, *languages: str) -> None:
    for language in languages:
        folder = site / "recordings" / language
        folder.mkdir(parents=True, exist_ok=True)
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(b"\x10\x27\xf0\xd8" * 8000)


@pytest.mark.parametrize(
    ("scope", "span", "until"),
    [
        pytest.param(WHOLE_LINE, Span.HOUR, "2026-11-20T12:30", id="an hour"),
        pytest.param(of("billing"), Span.CLOSING_TIME, "2026-11-20T18:00", id="a department's closing time"),
        pytest.param(WHOLE_LINE, Span.CLOSING_TIME, "2026-11-20T20:00", id="the line's: the latest"),
        pytest.param(of("billing"), Span.NEXT_OPENING, "2026-11-23T09:00", id="a department opens on Monday"),
        pytest.param(WHOLE_LINE, Span.NEXT_OPENING, "2026-11-21T10:00", id="the line: the first to open"),
        pytest.param(of("any"), Span.CLOSING_TIME, None, id="no hours, no closing time"),
        pytest.param(of("any"), Span.HOUR, "2026-11-20T12:30", id="no hours, but an hour"),
    ],
)
def test_what_is_meant_by_a_key(office: ClosureOffice, scope: Scope, span: Span, until: str | None) -> None:
    found = office.until(scope, span)
    assert (found and f"{found.astimezone(ZONE):%Y-%m-%dT%H:%M}") == until


@pytest.mark.parametrize(
    ("scope", "until", "words", "why"),
    [
        pytest.param(of("nobody"), LATER, WORDS, "no such number or department", id="gone meanwhile"),
        pytest.param(WHOLE_LINE, NOW, WORDS, "a time to come", id="now"),
        pytest.param(WHOLE_LINE, NOW + timedelta(days=32), WORDS, "31 days", id="too long"),
        pytest.param(WHOLE_LINE, LATER, Words({"en": " \n "}), "write what", id="no words"),
        pytest.param(WHOLE_LINE, LATER, Words({"fi": "Suljettu."}), "a language of the company", id="another language"),
        pytest.param(WHOLE_LINE, LATER, Words({"en": "x" * 1001}), "1000 is the most", id="too many words"),
        pytest.param(WHOLE_LINE, LATER, Words({}, play="storm"), "no such recording", id="no such recording"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_closed(
    office: ClosureOffice, scope: Scope, until: datetime, words: Words, why: str
) -> None:
    with pytest.raises(CannotClose, match=why):
        await office.close(scope, until, words, "sue")
    assert office.closures.now() == ()


async def test_words_without_a_sound_close_nothing(office: ClosureOffice) -> None:
    store = office.sounds.store
    assert isinstance(store, FakeStore)
    store.refused.add("Uždaryta.")
    with pytest.raises(CannotClose, match=r"\(lt\) nobody can say that"):
        await office.close(WHOLE_LINE, LATER, WORDS, "sue")
    assert office.closures.now() == ()


async def test_the_words_are_made_in_every_language_before_it_closes(office: ClosureOffice) -> None:
    shown: list[str] = []
    closure = await office.close(of("billing"), LATER, WORDS, "sue", lambda what, done: shown.append(what))
    assert closure.say == (("en", "Closed."), ("lt", "Uždaryta."))
    assert shown == ["making the sound (en)", "making the sound (lt)"]
    assert all(office.sounds.find(Spoken(text, language)) for language, text in closure.say)


async def test_a_recording_is_offered_when_every_language_has_it(office: ClosureOffice, tmp_path: Path) -> None:
    a_recording(tmp_path, "storm", "en", "lt")
    a_recording(tmp_path, "half", "en")
    assert office.recorded() == ["storm"]
    closure = await office.close(WHOLE_LINE, LATER, Words({}, play="storm"), "sue")
    assert (closure.play, closure.say) == ("storm", ())


async def test_by_phone_the_usual_words_are_said_or_a_recording(office: ClosureOffice, tmp_path: Path) -> None:
    a_recording(tmp_path, "storm", "en", "lt")
    assert await office.close_for(WHOLE_LINE, LATER, "", "alice")
    assert await office.close_for(of("any"), LATER, "storm", "alice")
    line, department = office.closures.now()
    assert "emergency" in dict(line.say)["en"]
    assert (line.who, department.play, department.say) == ("alice", "storm", ())
    assert not await office.close_for(of("billing"), NOW, "", "alice"), "no time to come"
    assert not await office.close_for(of("billing"), LATER, "spoken:0123456789abcdef", "alice"), "no such message"
    assert office.closed_until(of("billing")) is None


async def test_a_message_spoken_by_phone_is_heard_in_every_language_and_forgotten_at_last(
    office: ClosureOffice, tmp_path: Path
) -> None:
    a_recording(tmp_path / "phone", "said", "en")
    said = str(tmp_path / "phone" / "recordings" / "en" / "said.wav")
    unused, used = await office.keep_spoken(said), await office.keep_spoken(said)
    assert unused and used
    assert await office.close_for(WHOLE_LINE, LATER, used, "sue")
    sounds = {office.recording(used, language) for language in ("en", "lt", "ru")}
    assert [sound.seconds for sound in sounds if sound] == [2.0]
    assert await office.messages() == [used]
    [door] = doors.read(tmp_path / "attendant", NOW)
    assert door.words("lt") in sounds, "the emergency attendant plays it too"
    for name in (used, unused):
        await office.drop_spoken(name)
    assert (office.recording(used, "en") in sounds, office.recording(unused, "en")) == (True, None)
    await office.reopen(WHOLE_LINE, "sue")
    await office.forget_spoken()
    assert office.recording(used, "en") is None


@pytest.mark.parametrize("name", ["spoken:", "spoken:../x", "spoken:0123456789ABCDEF", "spoken:" + "0" * 17])
def test_a_name_of_a_message_leads_nowhere_else(office: ClosureOffice, name: str) -> None:
    office.spoken.drop(name)
    assert office.recording(name, "en") is None


async def test_what_nobody_would_hear_is_not_kept(office: ClosureOffice, tmp_path: Path) -> None:
    silent = tmp_path / "silent.wav"
    with wave.open(str(silent), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(32_000))
    (tmp_path / "text.wav").write_text("no sound at all")
    for name in ("silent.wav", "text.wav", "missing.wav"):
        assert await office.keep_spoken(str(tmp_path / name)) is None


def test_so_many_messages_are_kept_and_those_in_use_always(tmp_path: Path) -> None:
    a_recording(tmp_path, "said", "en")
    said, spoken = tmp_path / "recordings" / "en" / "said.wav", SpokenMessages(tmp_path / "spoken")
    first = spoken.keep(said, ())
    assert first
    for _ in range(MOST_KEPT + 5):
        spoken.keep(said, {first})
    assert spoken.find(first)
    assert len(list(spoken.folder.iterdir())) <= MOST_KEPT + 1


@pytest.mark.parametrize(
    ("now", "until", "told"),
    [
        pytest.param("2026-03-28T22:00", "2026-03-29T03:30", "2026-03-29T01:30:00+00:00", id="clocks put on"),
        pytest.param("2026-10-24T22:00", "2026-10-25T03:30", "2026-10-25T00:30:00+00:00", id="put back: the first"),
    ],
)
async def test_in_the_night_in_which_clocks_are_changed_it_ends_when_it_says(
    tmp_path: Path, now: str, until: str, told: str
) -> None:
    clock, book = ManualClock(datetime.fromisoformat(now).replace(tzinfo=ZONE)), MemoryBook()
    closures = Closures(Chronicle(book), clock)
    office = office_of(lambda: SITE, closures, clock, tmp_path)
    wanted = moment_of(datetime.fromisoformat(until), ZONE, clock.now())
    closure = await office.close(WHOLE_LINE, wanted, WORDS, "sue")
    assert closure.until.isoformat() == told
    clock.advance((closure.until.astimezone(UTC) - clock.now()).total_seconds() - 1)
    assert closures.at_number("x") is closure
    again = Closures(Chronicle(book), clock)
    again.restore(book.events)
    assert again.at_number("x") == closure, "a restart that night knows it too"
    clock.advance(1)
    assert (closures.at_number("x"), again.at_number("x")) == (None, None)
    closures.stop()
    again.stop()


async def test_two_supervisors_at_once_close_one_door_and_the_later_word_counts(office: ClosureOffice) -> None:
    await asyncio.gather(
        office.close(of("any"), LATER, WORDS, "sue"), office.close(of("any"), LATER + timedelta(hours=1), WORDS, "ann")
    )
    [closure] = office.closures.now()
    assert closure.who == "ann"
    opened = await asyncio.gather(office.reopen(of("any"), "sue"), office.reopen(of("any"), "ann"))
    assert sorted(opened) == [False, True]


async def test_a_restart_finds_it_closed_with_its_words(tmp_path: Path) -> None:
    clock, store = ManualClock(NOW), FakeStore()
    async with (
        await Database.open(tmp_path / "switchroom.db") as database,
        await Journal.open(database, tmp_path / "journal", clock=SystemClock(), group_seconds=0.001) as journal,
    ):
        parts = (lambda: SITE, Chronicle(journal), journal, clock)
        async with keeping_doors(*parts, store, lambda: Recordings(tmp_path), tmp_path / "attendant") as office:
            await office.close(of("billing"), LATER, WORDS, "sue")
            await office.close(WHOLE_LINE, LATER, WORDS, "sue")
            assert {door.scope for door in doors.read(tmp_path / "attendant", NOW)} == {"line", "department:billing"}
            assert await office.reopen(WHOLE_LINE, "ann")
            assert [door.scope for door in doors.read(tmp_path / "attendant", NOW)] == ["department:billing"]
            a_recording(tmp_path / "phone", "said", "en")
            said = str(tmp_path / "phone" / "recordings" / "en" / "said.wav")
            spoken, unused = await office.keep_spoken(said), await office.keep_spoken(said)
            assert spoken and unused and await office.close_for(of("support"), LATER, spoken, "sue")
            before = office.closures.now()
        await journal.drain(20)
        anew = FakeStore()
        async with keeping_doors(*parts, anew, lambda: Recordings(tmp_path), tmp_path / "attendant") as office:
            assert office.closures.now() == before
            assert office.recording(spoken, "lt") and not office.recording(unused, "lt")
            assert [words.text for words in anew.made] == ["Closed.", "Uždaryta."]


async def test_a_publication_that_changes_a_voice_has_the_words_spoken_anew(office: ClosureOffice) -> None:
    await office.close(of("billing"), LATER, WORDS, "sue")
    store = office.sounds.store
    assert isinstance(store, FakeStore)
    before = len(store.made)
    await office.follow(SITE.model_copy(update={"voices": {"en": Voices(voice="other")}}))
    assert [(spoken.text, spoken.voice) for spoken in store.made[before:]] == [("Closed.", "other")]


async def test_words_in_a_language_that_is_spoken_no_more_stop_no_publication(office: ClosureOffice) -> None:
    await office.close(WHOLE_LINE, LATER, Words({"lt": "Uždaryta."}), "sue")
    english = SITE.company.model_copy(update={"languages": ["en"]})
    await office.follow(SITE.model_copy(update={"company": english}))
    assert office.closed_until(WHOLE_LINE) == LATER


async def test_a_recording_is_named_wholly_and_one_that_a_publication_took_away_is_none(
    office: ClosureOffice, tmp_path: Path
) -> None:
    a_recording(tmp_path, "storm", "en", "lt")
    await office.close(WHOLE_LINE, LATER, Words({}, play="storm"), "sue")
    path = str(tmp_path / "recordings" / "lt" / "storm.wav")
    assert office.recording("storm", "lt") == Taken(path, 3.0)
    [door] = doors.read(tmp_path / "attendant", NOW)
    assert door.words("lt") == Taken(path, 3.0)
    shutil.rmtree(tmp_path / "recordings")
    assert office.recording("storm", "lt") is None
    await office.tell_attendant()
    [door] = doors.read(tmp_path / "attendant", NOW)
    assert door.words("lt") is None


async def test_a_department_that_a_publication_took_away_is_not_closed_and_can_be_opened(tmp_path: Path) -> None:
    sites = [SITE]
    clock = ManualClock(NOW)
    closures = Closures(Chronicle(MemoryBook()), clock)
    office = office_of(lambda: sites[0], closures, clock, tmp_path)
    await office.close(of("billing"), LATER, WORDS, "sue")
    sites[0] = SITE.model_copy(update={"departments": {"any": SITE.departments["any"]}})
    assert office.until(of("support"), Span.CLOSING_TIME) is None
    assert not await office.close_for(of("support"), LATER, "", "sue")
    assert [str(closure.scope) for closure in office.closures.now()] == ["department:billing"]
    assert await office.reopen(of("billing"), "sue")
    closures.stop()


async def test_who_asks_for_too_many_sounds_at_once_is_told_to_wait() -> None:
    store = FakeStore()
    store.held.clear()
    sounds = SpokenSounds(store)
    first = [asyncio.create_task(sounds.make([Spoken(f"Text {n}.", "en")])) for n in range(MOST_IN_LINE)]
    await asyncio.sleep(0)
    with pytest.raises(NoSound, match="others are having sounds made"):
        await sounds.make([Spoken("One more.", "en")])
    store.held.set()
    made = await asyncio.gather(*first)
    assert [len(one) for one in made] == [1] * MOST_IN_LINE


async def test_a_sound_that_takes_too_long_is_given_up() -> None:
    store = FakeStore()
    store.held.clear()
    with pytest.raises(NoSound, match="took longer than"):
        await SpokenSounds(store, longest=0.01).make([Spoken("Slow.", "en")])


async def test_a_text_that_is_too_long_is_not_even_tried() -> None:
    store = FakeStore()
    with pytest.raises(NoSound, match="is the most"):
        await SpokenSounds(store).make([Spoken("x" * (MOST_CHARACTERS + 1), "en")])
    assert store.made == []
