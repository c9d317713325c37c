"""The sounds of the time machine: only what the site says, from where calls take it too."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.schema import Site
from ivr.conversation import Recorded, Taken
from ivr.speech.choose import Installed
from ivr.speech.prompt_files import Note, write_prompt
from ivr.speech.spoken import Spoken
from ivr.speech.store import PromptStore
from server.studio.trying.sounds import MOST_SITES, NoSound, Sounds, sound_id

WELCOME = Spoken("Welcome to Acme.", "en")


def site(say: str = WELCOME.text, version: str = "1", **menu: object) -> Site:
    main = {"say": say, "keys": {"1": "hangup"}, **menu}
    company = {"name": "A", "languages": ["en"]}
    return Site.model_validate(
        {"company": company, "numbers": {"1": {"menu": "main"}}, "menus": {"main": main}, "version": version}
    )


@pytest.fixture
def store(tmp_path: Path) -> PromptStore:
    return PromptStore(tmp_path / "prompts", installed=Installed({"espeak": "1"}))


@pytest.fixture
def sounds(tmp_path: Path, store: PromptStore) -> Sounds:
    return Sounds(tmp_path / "prompts", store)


async def test_a_prompt_that_calls_have_is_sent_as_it_is(tmp_path: Path, store: PromptStore, sounds: Sounds) -> None:
    stem = store.path_of(WELCOME)
    note = Note(WELCOME.text, "en", None, "espeak", 8_000, 1.0)
    write_prompt(stem, wav=bytes(44 + 16_000), ulaw=bytes(8_000), alaw=bytes(8_000), note=note)
    book = await sounds.book(site(), tmp_path)
    assert (book.duration(WELCOME), book.duration(Spoken("Goodbye", "en")) < 3) == (1.0, True)
    assert await sounds.file_of(book, book.id_of(WELCOME)) == stem.with_suffix(".wav")


async def test_nothing_but_what_the_site_says_has_a_sound(tmp_path: Path, sounds: Sounds) -> None:
    book = await sounds.book(site(), tmp_path)
    arbitrary = Spoken("Send me your money.", "en")
    assert (book.id_of(arbitrary), book.id_of(Taken("/etc/passwd", 1.0))) == ("", "")
    for id_ in (sound_id(arbitrary), "", "../../etc/passwd"):
        with pytest.raises(NoSound):
            await sounds.file_of(book, id_)


async def test_what_cannot_be_spoken_says_why(tmp_path: Path, sounds: Sounds) -> None:
    book = await sounds.book(site("Press <b>one</b>."), tmp_path)
    with pytest.raises(NoSound, match="angle brackets"):
        await sounds.file_of(book, book.id_of(Spoken("Press <b>one</b>.", "en")))


async def test_a_recording_is_that_of_the_sites_folder(tmp_path: Path, sounds: Sounds) -> None:
    book = await sounds.book(site(play="jingle"), tmp_path)
    jingle = Recorded("jingle", "en")
    with pytest.raises(NoSound, match="no recording"):
        await sounds.file_of(book, book.id_of(jingle))
    file = tmp_path / "recordings" / "en" / "jingle.wav"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"RIFF")
    assert await sounds.file_of(book, book.id_of(jingle)) == file


async def test_the_sounds_of_a_few_sites_are_remembered(tmp_path: Path, sounds: Sounds) -> None:
    first = await sounds.book(site(version="0"), tmp_path)
    assert await sounds.book(site(version="0"), tmp_path) is first
    for version in range(MOST_SITES):
        await sounds.book(site(version=str(version + 1)), tmp_path)
    assert await sounds.book(site(version="0"), tmp_path) is not first
