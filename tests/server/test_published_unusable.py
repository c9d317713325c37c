"""What callers hear is damaged, or whole and of no use to this Switchroom: `up` and `doctor` say so and what to do."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from config.versions.model import VersionUnusable
from server.commands import doctor_published
from server.live_site import at_start
from server.progress import silent
from server.terminal import Foreseen, foreseen
from tests.server.web.publishing import Bureau, settings_of

pytestmark = pytest.mark.usefixtures("voices")  # nothing is spoken here
KEY_3 = ("{1: billing, 2: sales}", "{1: billing, 2: sales, 3: billing}")


def of_another_switchroom(bureau: Bureau, text: str = "of_long_ago: 1\n") -> None:
    """Have what was published hold this as well, and be whole."""
    folder = bureau.store.folder_of(bureau.live.now().version)
    (folder / "old.yaml").write_text(text)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["old.yaml"] = [hashlib.sha256(text.encode()).hexdigest(), len(text)]
    (folder / "manifest.json").write_text(json.dumps(manifest))


async def test_a_version_that_another_switchroom_published_says_what_to_do(bureau: Bureau) -> None:
    of_another_switchroom(bureau)
    with pytest.raises(Foreseen) as raised, foreseen():  # as `up` ends
        await at_start(bureau.store, settings_of(bureau), bureau.office.clock, silent)
    assert isinstance(raised.value.__cause__, VersionUnusable)
    said = str(raised.value)
    # the place is that in the draft, for what is kept must stay as it is
    assert "\nold.yaml:1:1: E201 error: unknown key" in said
    assert f"mend {bureau.draft} and publish: ./switchroom publish {bureau.draft} --data " in said


async def test_a_doctor_without_a_site_looks_at_the_one_that_callers_hear(bureau: Bureau) -> None:
    data = bureau.office.parts.data
    assert doctor_published.folder(data, {}) == bureau.store.folder_of(bureau.live.now().version)
    assert doctor_published.folder(None, {}) is None
    of_another_switchroom(bureau)
    assert doctor_published.folder(data, {}) is None


async def test_the_doctor_looks_at_what_callers_hear(bureau: Bureau) -> None:
    site, data = bureau.live.now(), bureau.office.parts.data
    assert doctor_published.examine(site, bureau.draft, data / "fresh", {}).found.startswith("nothing yet")
    assert doctor_published.examine(site, bureau.draft, data, {}).found == f"number 1, version {site.version}"
    bureau.write(KEY_3)
    draft = (await bureau.room.load_draft()).site
    changed = doctor_published.examine(draft, bureau.draft, data, {})
    assert (changed.ok, "not published" in changed.found) == (True, True)
    (bureau.store.folder_of(site.version) / "site.yaml").unlink()
    broken = doctor_published.examine(draft, bureau.draft, data, {})
    assert (broken.ok, "./switchroom publish" in broken.mend) == (False, True)


@pytest.mark.parametrize(
    ("text", "ok", "found", "mend"),
    [
        (
            "of_long_ago: 1\nand_this: 2\n",
            False,
            "by this Switchroom: old.yaml:1:1: E201 error: .*, and 1 more",
            "publish",
        ),
        ('database: "${ENV:ONLY_THERE}"\n', None, "the variable 'ONLY_THERE' is not set here", "the server is started"),
        ('database: "${ENV:SET}"\n', True, r"not published \(\./switchroom publish", ""),
    ],
    ids=["of another Switchroom", "a variable of the server's", "all is well"],
)
async def test_the_doctor_tells_what_is_whole_and_cannot_be_used(
    bureau: Bureau, text: str, ok: bool | None, found: str, mend: str
) -> None:
    of_another_switchroom(bureau, text)
    bureau.write(KEY_3)
    draft = (await bureau.room.load_draft()).site
    for site in (draft, None):  # the folder may be unusable as well
        check = doctor_published.examine(site, bureau.draft, bureau.office.parts.data, {"SET": "here.db"})
        assert check.ok is ok
        assert mend in check.mend
        assert site is None or re.search(found, check.found)
