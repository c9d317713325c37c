"""Publishing without a telephone: what refuses it, what comes of it, what a start serves, and what the commands say."""

from __future__ import annotations

import asyncio
import errno
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from config.errors import SiteUnusable
from config.versions.model import NoSuchVersion, Publication
from config.versions.store import PublishedMeanwhile
from ivr.attendant import snapshot
from ivr.prompt_book import NotSpeakable, PromptBook
from ledger.clock import ManualClock
from server import live_site
from server.commands import publish as command
from server.commands import up
from server.live_site import at_start, unpublished
from server.moving import needs_restart
from server.progress import Show, silent
from server.settings import Settings
from server.studio.publishing import publish as publishing
from server.studio.publishing.publish import DraftUnusable, FailingTests, NothingBefore, Published, WhyMissing
from server.terminal import Foreseen
from tests.server.fake_store import FakeStore
from tests.server.web.office import MORNING
from tests.server.web.publishing import Bureau, open_bureau, settings_of

pytestmark = pytest.mark.usefixtures("voices")  # nothing is spoken here
KEY_3 = ("{1: billing, 2: sales}", "{1: billing, 2: sales, 3: billing}")
KEY_2 = ("{1: billing, 2: sales}", "{1: billing, 2: billing}")


async def publish(bureau: Bureau, why: str = "", **more: object) -> Published:
    return await publishing.publish(
        bureau.room, who="admin", why=why, clock=bureau.office.clock, **more  # type: ignore[arg-type]  # any option
    )  # fmt: skip


async def go_back(bureau: Bureau, wanted: str | None = None) -> Published:
    return await publishing.go_back(bureau.room, wanted, who="admin", why="", clock=bureau.office.clock)


# ---- publishing


async def test_what_is_published_is_served(bureau: Bureau) -> None:
    bureau.write(KEY_3)
    done = await publish(bureau, "key 3")
    assert (done.is_new, done.trouble, done.tried.passed) == (True, "", 1)
    assert bureau.live.now().version == done.publication.version == bureau.movers.switched[-1]
    assert bureau.live.now().menus["main"].keys["3"].go is not None


async def test_an_unchanged_site_makes_no_version(bureau: Bureau) -> None:
    bureau.write(("company:", "# only a comment\ncompany:"))
    done = await publish(bureau)
    assert (done.is_new, done.publication.number) == (False, 1)
    assert bureau.store.newest_number() == 1
    assert bureau.movers.switched == []


async def test_a_draft_with_mistakes_is_refused_with_all_of_them(bureau: Bureau) -> None:
    bureau.write(("2: sales", "2: nobody"), ("departments: [billing]}", "departments: [bilding]}"))
    with pytest.raises(DraftUnusable) as refused:
        await publish(bureau)
    assert len([one for one in refused.value.findings if one.severity == "error"]) == 2
    assert bureau.store.newest_number() == 1


async def test_a_folder_with_a_file_that_may_not_be_read_is_refused(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau.write(KEY_3)
    closed, really = bureau.draft / "closed.yaml", os.open
    closed.write_text("menus: {}")

    def may_not(path: Path, flags: int, *more: int, **named: int) -> int:  # root may read all: the kernel is played
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return really(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", may_not)
    with pytest.raises(DraftUnusable) as refused:
        await publish(bureau)
    said = [(one.rule, str(one)) for one in refused.value.findings]
    assert any(rule == "E101" and str(closed) in words and "permission denied" in words for rule, words in said), said
    assert (bureau.store.newest_number(), bureau.movers.switched) == (1, [])


async def test_failing_tests_refuse_and_a_reason_overrules_them(bureau: Bureau) -> None:
    bureau.write(KEY_2)
    with pytest.raises(FailingTests, match="orders are taken by Sales"):
        await publish(bureau)
    with pytest.raises(WhyMissing, match="say why"):
        await publish(bureau, " ", although_tests_fail=True)
    done = await publish(bureau, "Sales is on holiday", although_tests_fail=True)
    assert (done.publication.why, len(done.tried.failed)) == ("although 1 of 1 tests fail: Sales is on holiday", 1)


async def test_a_text_that_cannot_be_spoken_refuses_and_is_named(bureau: Bureau, voices: FakeStore) -> None:
    bureau.write(("For invoices", "For ☃"))
    voices.refused.add("For ☃, press 1. For orders, press 2.")
    with pytest.raises(NotSpeakable, match=r"For ☃.*nobody can say that"):
        await publish(bureau)
    assert bureau.store.newest_number() == 1


async def test_only_what_changed_is_rendered(bureau: Bureau, voices: FakeStore) -> None:
    await live_site.render(bureau.live.now(), Path("prompts"), bureau.draft)
    before = len(voices.made)
    bureau.write(("For invoices", "For bills"))
    await publish(bureau)
    assert [spoken.text for spoken in voices.made[before:]] == ["For bills, press 1. For orders, press 2."]


@pytest.mark.parametrize("expected", [None, 1], ids=["seen nothing", "seen the first"])
async def test_who_comes_second_is_told_of_the_first(bureau: Bureau, expected: int | None) -> None:
    bureau.write(KEY_3)

    def show(what: str, done: float | None) -> None:
        if what == "keeping the version" and bureau.store.newest_number() == 1:
            version = bureau.store.current()
            assert version is not None
            bureau.store.publish(version.version, who="eve", why="", at=MORNING)

    with pytest.raises(PublishedMeanwhile, match="eve published"):
        await publish(bureau, show=show, expected=expected)
    assert bureau.store.newest_number() == 2


# ---- and back


async def test_the_way_back_goes_one_step_further_each_time(bureau: Bureau) -> None:
    bureau.write(KEY_3)
    await publish(bureau)
    bureau.write(("For invoices", "For bills"))
    await publish(bureau)
    first, second = (await go_back(bureau)).publication, (await go_back(bureau)).publication
    assert [(one.number, one.back_to) for one in (first, second)] == [(4, 2), (5, 1)]
    with pytest.raises(NothingBefore):
        await go_back(bureau)
    forth = await go_back(bureau, "3")
    assert (forth.publication.back_to, forth.is_new) == (3, True)
    assert not (await go_back(bureau, "3")).is_new


async def test_back_to_what_never_was(bureau: Bureau) -> None:
    with pytest.raises(NoSuchVersion):
        await go_back(bureau, "17")


# ---- what a start serves


async def test_the_first_start_publishes_the_folder_and_later_ones_serve_that(tmp_path: Path) -> None:
    async with open_bureau(tmp_path) as bureau:
        settings = Settings(bureau.draft, tmp_path / "fresh")
        live = await at_start(type(bureau.store)(settings.versions), settings, ManualClock(), silent)
        assert (live.served.publication.number, live.served.publication.who) == (1, "the first start")
        assert await unpublished(live, settings) is False
        bureau.write(KEY_3)
        again = await at_start(live.store, settings, ManualClock(), silent)
        assert again.now().version == live.now().version
        assert await unpublished(again, settings) is True
        bureau.write(("2: sales", "2: nobody"))
        assert await unpublished(again, settings) is None


@pytest.mark.parametrize("damage", ["publication", "files", "gone"])
async def test_a_damaged_newest_is_told_and_the_one_before_is_served(bureau: Bureau, damage: str) -> None:
    first = bureau.live.now().version
    bureau.write(KEY_3)
    second = (await publish(bureau)).publication
    folder = bureau.store.folder_of(second.version)
    match damage:
        case "publication":
            (folder.parents[1] / "publications" / "000002.json").write_text("{")
        case "files":
            (folder / "site.yaml").write_text("{")
        case _:
            (folder / "site.yaml").unlink()
    live = await at_start(bureau.store, settings_of(bureau), bureau.office.clock, silent)
    assert live.now().version == first
    assert live.trouble.startswith("publication 2 cannot be served")


async def test_a_version_that_was_published_often_is_tried_once(bureau: Bureau) -> None:
    bureau.write(KEY_3)
    bad = (await publish(bureau)).publication.version
    for _ in range(live_site.MOST_TRIED):
        bureau.store.publish(bad, who="admin", why="", at=MORNING)
    (bureau.store.folder_of(bad) / "site.yaml").unlink()
    live = await at_start(bureau.store, settings_of(bureau), bureau.office.clock, silent)
    assert live.served.publication.number == 1


async def test_where_nothing_can_be_served_the_newest_says_why(bureau: Bureau) -> None:
    (bureau.store.folder_of(bureau.live.now().version) / "site.yaml").write_text("{")
    with pytest.raises(Exception, match="was changed since it was published"):
        await at_start(bureau.store, settings_of(bureau), bureau.office.clock, silent)


async def test_a_first_folder_that_is_unusable_publishes_nothing(tmp_path: Path) -> None:
    async with open_bureau(tmp_path) as bureau:
        bureau.write(("2: sales", "2: nobody"))
        settings = Settings(bureau.draft, tmp_path / "fresh")
        store = type(bureau.store)(settings.versions)
        with pytest.raises(SiteUnusable):
            await at_start(store, settings, ManualClock(), silent)
        assert store.newest_number() == 0


# ---- going over


async def test_what_cannot_be_served_is_tried_again_when_told_and_by_itself_after_a_while(bureau: Bureau) -> None:
    bureau.movers.refusal = OSError("No space left on device")
    bureau.write(KEY_3)
    done = await publish(bureau)
    assert done.trouble is not None
    assert "No space left" in done.trouble
    bureau.movers.refusal = None
    await bureau.live.look(told=False)
    assert bureau.live.served.publication.number == 1
    bureau.office.clock.advance(live_site.TRY_AGAIN)
    await bureau.live.look(told=False)
    assert (bureau.live.served.publication.number, bureau.live.trouble) == (2, "")


async def test_versions_that_cannot_be_looked_at_are_told_once_and_what_is_served_goes_on(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable() -> int:
        raise PermissionError(13, "Permission denied", "publications")

    served = bureau.live.served
    with monkeypatch.context() as patched, capture_logs() as logged:
        patched.setattr(bureau.store, "newest_number", unreadable)
        await bureau.live.look()
        await bureau.live.look(told=False)
    assert (bureau.live.served, "Permission denied" in bureau.live.trouble, len(logged)) == (served, True, 1)
    await bureau.live.look(told=False)
    assert bureau.live.trouble == ""


async def test_parts_that_are_read_at_a_start_only_are_named(bureau: Bureau) -> None:
    before = bureau.live.now()
    assert needs_restart(before, before) == ()
    bureau.write(("company: {", "web: {port: 8099}\ncompany: {country: LV, "), ("a@acme", "b@acme"))
    site = (await bureau.room.load_draft()).site
    assert site is not None
    assert needs_restart(before, site) == ("company: country", "web: bind, port")


# ---- the commands


async def test_a_server_that_was_killed_left_word_of_itself_and_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_bureau(tmp_path) as bureau:
        data = tmp_path / "other"
        data.mkdir()
        (data / "http.json").write_text('{"url": "http://127.0.0.1:1"}')
        (data / "api-token").write_text("x")
        said = asyncio.to_thread(command.publish, bureau.draft, data, why="", although_tests_fail=False, json=False)
        assert await said == 0
        assert "The server has it when it starts." in capsys.readouterr().out


async def test_a_variable_that_only_the_server_has_is_told(tmp_path: Path) -> None:
    async with open_bureau(tmp_path) as bureau:
        bureau.write(("sender: a@acme.example", 'sender: a@acme.example, user: u, password: "${ENV:NOT_SET_HERE}"'))
        publishing_it = asyncio.to_thread(
            command.publish, bureau.draft, tmp_path / "other", why="", although_tests_fail=False, json=False
        )
        with pytest.raises(Foreseen, match="variables that only the server has: give them to this command too"):
            await publishing_it


async def test_a_start_that_publishes_serves_what_was_before_where_the_folder_is_broken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_bureau(tmp_path) as bureau:
        data = tmp_path / "other"
        bureau.write(("2: sales", "2: nobody"))
        before = asyncio.to_thread(up.publish_before, bureau.draft, data)
        with pytest.raises(Foreseen, match="the site has mistakes"):
            await before
        bureau.write()
        await asyncio.to_thread(up.publish_before, bureau.draft, data)
        bureau.write(("2: sales", "2: nobody"))
        await asyncio.to_thread(up.publish_before, bureau.draft, data)
        assert "what was published before is served" in capsys.readouterr().err


async def test_the_commands_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with open_bureau(tmp_path) as bureau:
        draft, data = bureau.draft, tmp_path / "other"
        run = asyncio.to_thread

        def publish_it() -> int:
            return command.publish(draft, data, why="", although_tests_fail=False, json=False)

        assert await run(publish_it) == 0
        said = capsys.readouterr()
        assert "Published as number 1: version " in said.out
        assert "The server has it when it starts." in said.out
        assert "W412 warning" in said.err
        assert await run(publish_it) == 0
        assert "Nothing has changed" in capsys.readouterr().out
        bureau.write(KEY_2)
        with pytest.raises(Foreseen, match="nothing was published: 1 of the site's 1 tests fail"):
            await run(publish_it)
        # a server ran here once, so callers are the emergency attendant's now: it has what was published last
        attended = data / "attendant" / "snapshot.json"
        await run(snapshot.write, attended, snapshot.Snapshot(bureau.live.now(), PromptBook({}, {}, data), data))
        bureau.write(KEY_3)
        capsys.readouterr()
        assert await run(lambda: command.publish(draft, data, why="3", although_tests_fail=False, json=True)) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["number"], told["is_new"], told["served"], told["why"]) == (2, True, None, "3")
        assert set(snapshot.read(attended).site.menus["main"].keys) == {"1", "2", "3"}
        assert await run(lambda: command.rollback(data, None, why="worse", json=False)) == 0
        assert "Published as number 3" in capsys.readouterr().out
        assert set(snapshot.read(attended).site.menus["main"].keys) == {"1", "2"}
        assert all(not path.stat().st_mode & 0o077 for path in (data, *data.rglob("*")))
        assert await run(lambda: command.versions(data, json=False)) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].split()[:2] == ["*", "3"]
        assert "back to 1; worse" in lines[0]
        assert await run(lambda: command.versions(data, json=True)) == 0
        assert [one["number"] for one in json.loads(capsys.readouterr().out)] == [3, 2, 1]
        with pytest.raises(Foreseen, match="nothing was published as 17"):
            await run(lambda: command.rollback(data, "17", why="", json=False))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(
            OSError(errno.ENOSPC, "No space left on device"),
            "nothing was published, callers hear what they heard: No space left on device",
            id="a full disk",
        ),
        pytest.param(
            PublishedMeanwhile(Publication(2, "c0ffee", datetime(2026, 11, 24, 10, tzinfo=UTC), "eve")),
            "nothing was published: eve published version c0ffee meanwhile, at 2026-11-24 10:00 UTC; look at it with "
            "`diff`, then try again",
            id="somebody was faster",
        ),
    ],
)
def test_what_kept_it_from_being_published_is_told_with_what_callers_hear(error: Exception, told: str) -> None:
    async def fails(_show: Show) -> Published:
        raise error

    with pytest.raises(Foreseen) as raised:
        command._do(fails)
    assert str(raised.value) == told


def test_versions_of_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Foreseen, match="is it the folder that the server was started with"):
        command.versions(tmp_path / "mistyped", json=False)
