"""Recordings of the draft: what is listed, the numbers they keep, and what never gets there; and the store of takes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.schema import Site
from ivr.speech.take_model import Measured
from ivr.speech.takes import BadTake
from server.studio.prompts.draft_recordings import CannotKeep, DraftRecordings
from server.studio.prompts.listed import Shown, chosen, lines, places_of_recordings
from server.studio.prompts.take_store import LONGEST_KEPT, MOST_TAKES, NoSuchTake, TakeStore
from tests.server.sounds import voice

SITE = Site.model_validate(
    {
        "company": {"name": "Acme", "languages": ["en", "lt"]},
        "numbers": {"+370 5 200 0000": {"menu": "main"}},
        "menus": {
            "main": {"say": {"en": "Welcome.", "lt": "Sveiki."}, "keys": {1: "hello", 2: "sales"}},
            "hello": {"play": "welcome", "say": {"en": "Welcome."}, "go": "sales"},
        },
        "departments": {"sales": {}},
        "mailboxes": {"sales": {"greeting": {"play": "welcome"}}},
        "phrases": {"thank_you": {"en": "Bye."}},
    }
)


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    voice(tmp_path / "draft" / "recordings" / "en" / "welcome.wav")
    voice(tmp_path / "new.wav", 1.0)
    return tmp_path / "draft"


@pytest.fixture
def kept(draft: Path, tmp_path: Path) -> DraftRecordings:
    return DraftRecordings(draft, tmp_path / "studio" / "numbers.json")


def test_what_is_played_or_lies_there_is_listed_with_what_is_wrong(kept: DraftRecordings, draft: Path) -> None:
    voice(draft / "recordings" / "en" / "old.wav")
    (draft / "recordings" / "lt").mkdir()
    (draft / "recordings" / "lt" / "old.wav").write_bytes(b"RIFF")
    found = {one.key: one for one in kept.list_all(SITE, None)}
    assert list(found) == ["en/old", "lt/old", "en/welcome", "lt/welcome"]
    assert found["en/welcome"].is_played and not found["en/old"].is_played
    assert found["lt/welcome"].seconds is None
    assert "cannot be read" in found["lt/old"].trouble
    assert found["en/welcome"].seconds == 2.0


def test_a_number_is_for_good_whatever_comes_and_goes(kept: DraftRecordings, draft: Path) -> None:
    first = {one.key: one.number for one in kept.list_all(SITE, None)}
    voice(draft / "recordings" / "en" / "aaa.wav")
    (draft / "recordings" / "en" / "welcome.wav").unlink()
    later = {one.key: one.number for one in kept.list_all(SITE, None)}
    assert first == {"en/welcome": 1, "lt/welcome": 2}
    assert later == {"en/aaa": 3, "lt/aaa": 4, "en/welcome": 1, "lt/welcome": 2}
    kept.numbers.write_text("{")
    assert len({one.number for one in kept.list_all(SITE, None)}) == 4


def test_what_callers_hear_already_is_not_changed(kept: DraftRecordings, draft: Path, tmp_path: Path) -> None:
    served = tmp_path / "served"
    voice(served / "recordings" / "en" / "welcome.wav")
    assert [one.changed for one in kept.list_all(SITE, served)] == [False, False]
    kept.keep(tmp_path / "new.wav", "en", "welcome", SITE)
    assert [one.changed for one in kept.list_all(SITE, served)] == [True, False]
    assert (draft / "recordings" / "en" / "welcome.wav").read_bytes() == (tmp_path / "new.wav").read_bytes()


def _single(draft: Path) -> Path:
    (draft / "site.yaml").write_text("{}")
    return draft / "site.yaml"


def _leading_out(draft: Path) -> Path:
    (draft.parent / "elsewhere").mkdir()
    (draft / "recordings" / "lt").symlink_to(draft.parent / "elsewhere")
    return draft


def _shadowed(draft: Path) -> Path:
    voice(draft / "recordings" / "lt" / "welcome.gsm")
    return draft


def _read_only(draft: Path) -> Path:
    (draft / "recordings" / "lt").write_text("a file where a folder should be")
    return draft


@pytest.mark.parametrize(
    ("prepare", "language", "name", "why"),
    [
        pytest.param(lambda d: d, "lt", "../../x", "a recording's name", id="a path"),
        pytest.param(lambda d: d, "lt", "", "a recording's name", id="no name"),
        pytest.param(lambda d: d, "lt", "x" * 65, "a recording's name", id="a long name"),
        pytest.param(lambda d: d, "../en", "welcome", "does not speak", id="a path for a language"),
        pytest.param(lambda d: d, "fi", "welcome", "does not speak", id="another language"),
        pytest.param(_single, "lt", "welcome", "single file", id="a draft of one file"),
        pytest.param(_leading_out, "lt", "welcome", "leads out", id="a link out of the draft"),
        pytest.param(_shadowed, "lt", "welcome", "played instead", id="another form would be played"),
        pytest.param(_read_only, "lt", "welcome", "cannot be written", id="no folder can be made"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_written(
    draft: Path, tmp_path: Path, prepare: Callable[[Path], Path], language: str, name: str, why: str
) -> None:
    place = prepare(draft)
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    with pytest.raises(CannotKeep, match=why):
        DraftRecordings(place, tmp_path / "numbers.json").keep(tmp_path / "new.wav", language, name, SITE)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == before


@pytest.mark.parametrize("name", ["..", "../site", "welcome/../x", "welcome.wav", ""], ids=repr)
def test_no_name_of_a_request_becomes_a_path(kept: DraftRecordings, name: str) -> None:
    assert kept.file_of("en", name) is None
    assert kept.file_of(name, "welcome") is None


# ---- the store of takes


async def test_a_take_is_found_again_until_it_is_dropped(tmp_path: Path) -> None:
    store = TakeStore(tmp_path / "takes")
    sent = await store.new_file()
    voice(sent)
    take = await store.add(sent, "welcome", "en")
    assert await TakeStore(tmp_path / "takes").get(take.id) == take
    done = await store.finish(take, trim=True, level=True)
    assert done.stat().st_size > 10_000
    await store.drop(take)
    await store.drop(take)
    assert list((tmp_path / "takes").iterdir()) == []
    with pytest.raises(NoSuchTake):
        await store.get(take.id)


async def test_what_is_no_sound_leaves_nothing_on_the_shelf(tmp_path: Path) -> None:
    store = TakeStore(tmp_path / "takes")
    sent = await store.new_file()
    sent.write_bytes(b"<html>")
    with pytest.raises(BadTake, match="no sound that we can read"):
        await store.add(sent, "welcome", "en")
    assert list((tmp_path / "takes").iterdir()) == []


@pytest.mark.parametrize("id_", ["", "../../etc/passwd", "x" * 16, "0" * 15, "0" * 16])
async def test_an_id_that_nobody_gave_out_finds_nothing(tmp_path: Path, id_: str) -> None:
    with pytest.raises(NoSuchTake):
        await TakeStore(tmp_path).get(id_)


def _stems(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.iterdir())


async def test_old_takes_go_and_there_are_never_too_many(tmp_path: Path) -> None:
    store = TakeStore(tmp_path)
    for number in range(MOST_TAKES + 5):
        (tmp_path / f"{number:016x}.wav").write_bytes(b"sound")
        os.utime(tmp_path / f"{number:016x}.wav", (time.time() + number, time.time() + number))
    (tmp_path / f"{'a' * 16}.wav").write_bytes(b"of yesterday")
    os.utime(tmp_path / f"{'a' * 16}.wav", (time.time() - LONGEST_KEPT - 1,) * 2)
    await store.new_file()
    left = _stems(tmp_path)
    assert len(left) == MOST_TAKES - 1
    assert "a" * 16 not in left and f"{MOST_TAKES + 4:016x}" in left


def test_a_measured_take_survives_its_note() -> None:
    assert Measured(1.0, -3.0, -20.0, 0.0, 0.1, 0.2, (1, 2)).is_audible


# ---- the list of texts


def test_a_text_said_in_two_places_is_one_line_with_both() -> None:
    (welcome,) = [line for line in lines(SITE, SITE) if line.spoken.text == "Welcome."]
    assert [place.words for place in welcome.places] == ["menu main: menu", "menu hello: menu"]
    assert welcome.places[0].path == "/site/edit/menus/main"
    assert not welcome.changed


def test_our_own_words_come_behind_the_sites() -> None:
    every = lines(SITE, SITE)
    assert [line.ours for line in every] == sorted(line.ours for line in every)
    assert {line.spoken.text for line in every if not line.ours} >= {"Welcome.", "Sveiki.", "Bye."}


@pytest.mark.parametrize(
    ("asked", "texts"),
    [
        pytest.param({"words": "welc"}, {"Welcome."}, id="words of the text"),
        pytest.param({"words": "MENU main", "language": "lt"}, {"Sveiki."}, id="words of the place, and a language"),
        pytest.param({"words": "no such words"}, set(), id="nothing"),
        pytest.param({"shown": Shown.CHANGED}, {"Bye."}, id="changed"),
        pytest.param({"shown": Shown.UNUSED}, set(), id="no text is unused"),
    ],
)
def test_lines_are_found_by_words_language_and_state(asked: dict[str, object], texts: set[str]) -> None:
    served = SITE.model_copy(update={"phrases": {}})
    found = chosen(lines(SITE, served), **asked)  # type: ignore[arg-type]  # a table of keywords
    assert {line.spoken.text for line in found} == texts


def test_a_recording_is_told_with_all_its_places() -> None:
    assert [place.words for place in places_of_recordings(SITE)["welcome"]] == [
        "menu hello: menu",
        "mailbox sales: greeting",
    ]
