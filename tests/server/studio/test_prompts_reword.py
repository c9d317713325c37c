"""Other words for a text: they come wherever it is said, in its language only, and nothing else is touched."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.schema import Site
from ivr.phrases import PHRASES
from server.studio.editor.editing import DraftEditor
from server.studio.prompts.listed import ours
from server.studio.prompts.reword import NotSaid, Rewording, reword
from server.studio.room import StudioRoom

MENUS = """\
menus:
  main:   # heard first
    say: {en: "Welcome.", lt: "Sveiki."}
    keys:
      1: {go: sales, say: "Sorry?"}
    mistake: {say: {en: "Sorry?", lt: "Welcome."}, go: sales}
  other: {say: Welcome., go: sales}
  note: {play: Sorry?, go: sales}
"""
BOXES = """\
mailboxes:
  sales:
    greeting:
      say: >-
        Please speak
        after the tone.
phrases:
  thank_you: {en: "Sorry?", lt: "Ačiū"}
departments: {sales: {name: "Sorry?"}}
"""


@pytest.fixture
def editor(tmp_path: Path) -> DraftEditor:
    (tmp_path / "draft").mkdir()
    (tmp_path / "draft" / "menus.yaml").write_text(MENUS)
    (tmp_path / "draft" / "boxes.yaml").write_text(BOXES)
    room = StudioRoom(tmp_path / "draft", tmp_path, tmp_path / "prompts", lambda: Site.model_construct())
    return DraftEditor(room, lambda: datetime(2026, 11, 20, tzinfo=UTC))


@pytest.mark.parametrize(
    ("wanted", "menus", "boxes"),
    [
        pytest.param(
            Rewording("Sorry?", "Pardon?", "en", "en"),
            [
                (5, '      1: {go: sales, say: "Pardon?"}'),
                (6, '    mistake: {say: {en: "Pardon?", lt: "Welcome."}, go: sales}'),
            ],
            [(8, '  thank_you: {en: "Pardon?", lt: "Ačiū"}')],
            id="at every place, with a language or without, and no name that sounds the same",
        ),
        pytest.param(
            Rewording("Welcome.", "Labas.", "lt", "en"),
            [(6, '    mistake: {say: {en: "Sorry?", lt: "Labas."}, go: sales}')],
            [],
            id="in one language only",
        ),
        pytest.param(
            Rewording("Ačiū", "Dėkui", "lt", "en"), [], [(8, '  thank_you: {en: "Sorry?", lt: "Dėkui"}')], id="a phrase"
        ),
    ],
)
async def test_other_words_come_wherever_the_old_ones_are_said(
    editor: DraftEditor, wanted: Rewording, menus: list[tuple[int, str]], boxes: list[tuple[int, str]]
) -> None:
    files = await reword(editor, wanted, "admin")
    for name, before, changed in (("menus.yaml", MENUS, menus), ("boxes.yaml", BOXES, boxes)):
        lines = before.splitlines()
        for number, line in changed:
            lines[number - 1] = line
        assert (editor.room.draft / name).read_text() == "\n".join(lines) + "\n"
        assert (name in files) is bool(changed)


async def test_words_of_ours_become_a_phrase_of_the_site(editor: DraftEditor) -> None:
    site = Site.model_validate({
        "numbers": {"+370 5 200 0000": {"go": "sales"}}, "departments": {"sales": {}},
        "company": {"name": "Acme", "timezone": "Europe/Vilnius", "languages": ["en", "lt"]},
        "phrases": {"thank_you": {"en": "Sorry?"}},
    })  # fmt: skip
    words = PHRASES["thank_you"]
    assert ours(site, words["lt"], "lt") == ("thank_you",) and ours(site, words["en"], "en") == ()
    left = ours(site, PHRASES["no_answer"]["lt"], "lt")
    wanted = Rewording(PHRASES["no_answer"]["lt"], "Niekas neatsiliepia.", "lt", "en", left)
    assert await reword(editor, wanted, "admin") == ("boxes.yaml",)
    new = '  no_answer: {lt: "Niekas neatsiliepia."}\n'
    written = (
        (editor.room.draft / "boxes.yaml").read_text().replace("lt: Niekas neatsiliepia.", 'lt: "Niekas neatsiliepia."')
    )
    assert written == BOXES.replace("departments:", f"{new}departments:")
    again = Rewording("Niekas neatsiliepia.", "Asmens nėra.", "lt", "en")
    assert await reword(editor, again, "admin") == ("boxes.yaml",)


async def test_a_text_over_several_lines_is_found_by_its_words(editor: DraftEditor) -> None:
    assert await reword(editor, Rewording("Please speak after the tone.", "Speak now.", "en", "en"), "admin") == (
        "boxes.yaml",
    )
    assert "Speak now." in (editor.room.draft / "boxes.yaml").read_text()


@pytest.mark.parametrize("before", ["", "Sorry", "never said"])
async def test_words_that_nobody_says_any_more_change_nothing(editor: DraftEditor, before: str) -> None:
    with pytest.raises(NotSaid):
        await reword(editor, Rewording(before, "Pardon?", "en", "en"), "admin")
    assert (editor.room.draft / "menus.yaml").read_text() == MENUS
