"""Where a change of the draft is edited: a test of the site is found by its name, in whatever file it stands."""

from __future__ import annotations

from pathlib import Path

from config.diff.changes import changes
from config.load import require_site
from server.studio.changes_pages import _places
from server.studio.publishing.words import counted
from server.studio.room import StudioRoom
from tests.server.web.publishing import DRAFT

MORE = """\
tests:
  - {name: a bill, call: {to: "+370 5 200 0000", at: 2026-11-24T10:00}, press: [1], expect: {department: billing}}
"""


async def test_a_change_of_a_test_leads_to_the_test(tmp_path: Path) -> None:
    draft = tmp_path / "draft"
    draft.mkdir()
    (draft / "site.yaml").write_text(DRAFT)
    old = require_site(draft)
    (draft / "site.yaml").write_text(DRAFT.replace("press: [2]", "press: [2, w1]").replace("invoices", "bills"))
    (draft / "tests-drafted.yaml").write_text(MORE)
    room = StudioRoom(draft, tmp_path, tmp_path / "prompts", lambda: old)
    seen = await room.sites.draft()
    assert seen.site is not None
    found = changes(old, seen.site)
    lines = (draft / "site.yaml").read_text().splitlines()
    press = next(at for at, line in enumerate(lines, 1) if "press: [2" in line)
    goals = {goal for change, goal in _places(seen, found).items() if change.area == "tests"}
    assert goals == {
        f"/site/edit?file=site.yaml&line={press}&column=5",
        "/site/edit?file=tests-drafted.yaml&line=2&column=5",
    }
    assert counted(found) == "1 change callers will hear, 2 of your tests"
    assert counted(found[:0]) == "0 changes callers will hear"
