"""A tried call as a test: it is written beside the others, comments stay, and it passes."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

import config
from callrouter.menu_tests.run import rehearse_test
from callrouter.rehearsal.call import Rehearsal, rehearse
from callrouter.rehearsal.situation import Stage
from config.load import require_site
from config.schema import Site
from ivr.conversation import Utterance
from ivr.simulator import guess_duration
from server.studio.editor.editing import DraftEditor
from server.studio.room import StudioRoom
from server.studio.trying.as_test import NotATest, TestsChanged, digest_of_tests, entry_of, write
from server.studio.trying.asked import AWAY, BUSY, OUT, READY, Asked, call_of

ACME = Path(config.__file__).parent / "acme"
MAIN, ENGLISH, GOLD = "+370 5 200 0000", "+370 5 200 0001", "+370 5 200 0002"
DAY, EVE = "2026-12-23T10:00", "2026-12-24T17:59"
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def twice_as_slow(utterance: Utterance) -> float:
    """Prompts as a slow voice has spoken them."""
    return 2 * guess_duration(utterance)


@pytest.fixture(scope="module")
def acme() -> Site:
    return require_site(ACME)


async def walk(site: Site, asked: Asked) -> Rehearsal:
    call = call_of(asked, site, NOW)
    assert call.faults == {}
    return await rehearse(Stage(site), call.situation, duration=twice_as_slow)


CALLS = [
    pytest.param(Asked(MAIN, "+37060000001", EVE, "w3 1"), "hangup", "closed", id="24 December 17:59"),
    pytest.param(Asked(ENGLISH, at=EVE, keys="w20 1 w40 #"), "voicemail billing", "voicemail", id="# at the end"),
    pytest.param(Asked(ENGLISH, at=EVE, keys="w20 1", speaks="4"), "voicemail billing", "voicemail", id="silence"),
    pytest.param(Asked(ENGLISH, at=EVE, hang_up="12"), "", "closed", id="hangs up in a prompt"),
    pytest.param(Asked(MAIN, at=DAY, fax=True), "fax billing", "fax", id="a fax machine"),
    pytest.param(Asked(GOLD, at=DAY, people=(("bob", BUSY),)), "department support", "answered", id="one is busy"),
    pytest.param(Asked(GOLD, at=DAY, people=(("bob", AWAY), ("carol", OUT))), "voicemail support", "voicemail",
                 id="one does not answer, one is not there"),
    pytest.param(Asked(ENGLISH, at=DAY, keys="w4 101", who="unanswered"), "voicemail alice", "voicemail",
                 id="an extension in vain"),
    pytest.param(Asked(GOLD, at=DAY, who="nobody", people=(("carol", READY),)), "department support", "answered",
                 id="only one is there"),
    pytest.param(Asked(GOLD, at=DAY, waiting=100, who="unanswered", keys="w30 1"), "voicemail support", "voicemail",
                 id="out of a long line"),
    pytest.param(Asked("+370 5 999 9999", at=DAY), "", "unknown_number", id="a number that is not ours"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "destination", "outcome"), CALLS)
async def test_every_call_makes_a_test_that_passes_on_the_site_it_is_written_into(
    acme: Site, tmp_path: Path, asked: Asked, destination: str, outcome: str
) -> None:
    walked = await walk(acme, asked)
    assert (walked.destination, walked.outcome) == (destination, outcome)
    entry = await entry_of(acme, walked, twice_as_slow)
    draft = tmp_path / "draft"
    shutil.copytree(ACME, draft)
    room = StudioRoom(draft, tmp_path, tmp_path, lambda: acme)
    editor = DraftEditor(room, lambda: NOW)
    before = (draft / "tests.yaml").read_bytes()
    assert await write(editor, entry, await digest_of_tests(editor), "ann") == "tests.yaml"
    assert (draft / "tests.yaml").read_bytes().startswith(before)
    site = require_site(draft)
    test = site.tests[-1]
    came = await rehearse_test(Stage(site), test)
    assert (len(site.tests), test.name) == (len(acme.tests) + 1, entry["name"])
    assert (came.stops, came.path, came.outcome) == (walked.stops, walked.path, walked.outcome)
    assert (test.expect.destination, test.call.caller) == (destination, asked.caller)
    # The page of the tests leads back to the very call.
    again = call_of(Asked.of_test(test), site, NOW)
    assert again.faults == {}
    back = await rehearse(Stage(site), again.situation)
    assert (back.stops, back.path, back.outcome) == (walked.stops, walked.path, walked.outcome)


async def test_what_was_heard_is_expected_and_the_second_of_a_name_is_told_apart(acme: Site) -> None:
    walked = await walk(acme, Asked(ENGLISH, at=EVE, keys="w20 1"))
    entry = await entry_of(acme, walked, twice_as_slow)
    assert entry["name"] == "24 December 2026, 17:59: voicemail billing"
    assert entry["expect"]["heard"][:2] == [
        "after-hours",
        "Acme billing is closed. Leave your name and number after the tone, and we call",
    ]
    assert entry["expect"]["facts"] == {"intent": "invoice"}
    assert entry["press"] == ["w9.8", 1]  # at twice the pace, in the same word
    named = await entry_of(acme, walked, twice_as_slow, acme.tests[0].name)
    assert named["name"] == f"{acme.tests[0].name} (2)"


async def test_who_comes_second_is_told_and_nothing_is_overwritten(acme: Site, tmp_path: Path) -> None:
    shutil.copytree(ACME, tmp_path / "draft")
    editor = DraftEditor(StudioRoom(tmp_path / "draft", tmp_path, tmp_path, lambda: acme), lambda: NOW)
    entry = await entry_of(acme, await walk(acme, Asked(GOLD, at=DAY)), twice_as_slow)
    seen = await digest_of_tests(editor)
    await write(editor, entry, seen, "ann")
    written = (tmp_path / "draft" / "tests.yaml").read_bytes()
    with pytest.raises(TestsChanged, match=r"tests\.yaml was changed meanwhile"):
        await write(editor, entry, seen, "ben")
    assert (tmp_path / "draft" / "tests.yaml").read_bytes() == written


async def test_a_draft_without_tests_gets_its_first_and_a_strange_one_is_left_alone(acme: Site, tmp_path: Path) -> None:
    shutil.copytree(ACME, tmp_path / "draft")
    (tmp_path / "draft" / "tests.yaml").unlink()
    editor = DraftEditor(StudioRoom(tmp_path / "draft", tmp_path, tmp_path, lambda: acme), lambda: NOW)
    entry = await entry_of(acme, await walk(acme, Asked(GOLD, at=DAY)), twice_as_slow)
    await write(editor, entry, await digest_of_tests(editor), "ann")
    assert [test.name for test in require_site(tmp_path / "draft").tests] == [entry["name"]]
    (tmp_path / "draft" / "tests.yaml").write_text("tests: {}\n")
    for file in (tmp_path / "draft").glob("company.yaml"):
        file.write_bytes((ACME / "company.yaml").read_bytes())
    with pytest.raises(NotATest, match=r"is no list|could not be used"):
        (tmp_path / "draft" / "tests.yaml").write_text("tests: {a: 1}\n")
        await write(editor, entry, await digest_of_tests(editor), "ann")
