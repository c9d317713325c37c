"""What refers to a thing follows when it is called otherwise, and nothing else does."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

import config
from config.edit.rewrite import content_of
from config.load import load_site
from server.studio.editor.editing import DraftEditor, NameTaken
from server.studio.editor.rename import places_of
from server.studio.room import StudioRoom

ACME = Path(config.__file__).parent / "acme"
CONTENTS = {path.name: content_of(path.read_bytes()) for path in sorted(ACME.glob("*.yaml"))}


@pytest.fixture
def editor(tmp_path: Path) -> DraftEditor:
    draft = Path(shutil.copytree(ACME, tmp_path / "draft"))
    room = StudioRoom(draft, tmp_path, tmp_path / "prompts", lambda: pytest.fail("nobody asks what is served"))
    return DraftEditor(room, lambda: datetime(2026, 11, 20, tzinfo=UTC))


@pytest.mark.parametrize(
    ("section", "name", "finds"),
    [
        pytest.param("menus", "main", (), id="a menu"),
        pytest.param("departments", "billing", (), id="a department with its boxes"),
        pytest.param("people", "alice", (), id="a person"),
        pytest.param("hours", "office", (), id="hours"),
        pytest.param("faxboxes", "billing", ("E324", "W420"), id="a fax box that was its department's by its name"),
    ],
)
async def test_a_site_is_as_right_as_before(
    editor: DraftEditor, section: str, name: str, finds: tuple[str, ...]
) -> None:
    """The check finds as little as before, in the tests of the site as well; and comments stay."""
    looked = await editor.look()
    own = looked.file(looked.home_of(section, name))
    raw = await editor.changed(own, section, "renamed", looked.value(section, name), old=name)
    files = await editor.following(looked, section, name, "renamed", type(own)(own.name, raw, own.at))
    assert set(files) >= set(places_of(CONTENTS, section, name))
    for file, text in files.items():
        (editor.room.draft / file).write_bytes(text)
        assert text.count(b"#") == (ACME / file).read_bytes().count(b"#")
    loaded = load_site(editor.room.draft)
    assert tuple(finding.rule for finding in loaded.findings) == finds
    after = await editor.look()
    assert places_of(after.contents, section, name) == {}
    assert places_of(after.contents, section, "renamed") == places_of(CONTENTS, section, name)


async def test_a_name_that_is_taken_would_mix_what_leads_to_both(editor: DraftEditor) -> None:
    looked = await editor.look()
    own = looked.file("menus.yaml")
    with pytest.raises(NameTaken, match="billing"):
        await editor.following(looked, "menus", "main", "billing", own)
