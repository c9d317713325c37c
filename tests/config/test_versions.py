"""The store of versions: what is kept, what is in force, and that nobody ever sees half of anything."""

from __future__ import annotations

import errno
import json
import os
import signal
import threading
import wave
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.load import load_site, require_site
from config.versions import files as version_files
from config.versions.store import (
    DraftChanged,
    NoSuchVersion,
    Publication,
    PublishedMeanwhile,
    VersionDamaged,
    VersionStore,
    version_id,
)
from tests.fixtures.full_disk import full_after

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MAIN = """\
# the company's menus
company: {name: Acme}
numbers: {"+370 5 200 0000": {menu: main}}
menus:
  main: {say: "Press 1.", keys: {1: {voicemail: ann}}}
people: {ann: {name: Ann, phone: 101}}
"""
#: What a publisher of a site with recordings does, in this order.
STEPS = (
    "folder made", "copied site.yaml", "copied recordings/en/hello.wav", "copied recordings/lt/hello.wav",
    "manifest written", "folders synced", "version in place", "version synced", "publication written",
    "publication in place", "publication synced",
)  # fmt: skip


def draft_in(folder: Path, text: str = MAIN) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "site.yaml").write_text(text)
    return folder


def put(store: VersionStore, draft: Path, expected: int | None = None, why: str = "") -> Publication:
    """Publish as the commands do."""
    return store.publish(store.keep(draft, require_site(draft)), who="ann", why=why, at=AT, expected=expected)


def record(path: Path, frames: int = 800, value: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, frames, "NONE", ""))
        sound.writeframes(bytes([value, 0]) * frames)


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    return draft_in(tmp_path / "draft")


@pytest.fixture
def store(tmp_path: Path) -> VersionStore:
    return VersionStore(tmp_path / "site")


def test_an_empty_store_has_nothing(store: VersionStore) -> None:
    assert (store.publications(), store.current(), store.newest_number(), store.damaged()) == ((), None, 0, ())


def test_what_was_published_is_in_force_and_its_files_are_as_they_were_written(
    store: VersionStore, draft: Path
) -> None:
    made = put(store, draft, expected=0, why="Sales is on key 2")
    assert store.current() == made == Publication(1, require_site(draft).version, AT, "ann", "Sales is on key 2")
    folder = store.require_whole(made.version)
    assert (folder / "site.yaml").read_bytes() == MAIN.encode()
    assert require_site(folder).version == made.version


def test_what_the_draft_becomes_later_does_not_touch_what_was_published(store: VersionStore, draft: Path) -> None:
    made = put(store, draft)
    draft_in(draft, MAIN.replace("Press 1.", "Press one."))
    assert require_site(store.require_whole(made.version)).menus["main"].say is not None
    assert (store.folder_of(made.version) / "site.yaml").read_text() == MAIN
    second = put(store, draft)
    assert [one.version for one in store.publications()] == [made.version, second.version]


def test_the_values_of_secrets_are_nowhere_in_the_store(store: VersionStore, tmp_path: Path) -> None:
    text = MAIN + 'mail: {server: mail.example, sender: a@acme.example, user: u, password: "${ENV:MAIL}"}\n'
    draft, env = draft_in(tmp_path / "draft", text), {"MAIL": "hunter2-hunter2"}
    store.publish(store.keep(draft, require_site(draft, env)), who="ann", why="", at=AT)
    kept = [path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file()]
    assert any(b"${ENV:MAIL}" in content for content in kept)
    assert not any(b"hunter2" in content for content in kept)


def test_the_order_of_people_is_a_change_and_that_of_other_keys_is_not(store: VersionStore, tmp_path: Path) -> None:
    first = "people: {ann: {name: Ann, phone: 101}}"
    two = "people: {ann: {name: Ann, phone: 101}, bob: {name: Bob, phone: 102}}"
    turned = "people: {bob: {name: Bob, phone: 102}, ann: {name: Ann, phone: 101}}"
    texts = [MAIN.replace(first, two), MAIN.replace(first, turned), two + "\n" + MAIN.replace(first, "")]
    made = [put(store, draft_in(tmp_path / "draft", text)).version for text in texts]
    assert made[0] != made[1]
    assert made[0] == made[2]


def test_a_single_file_is_a_site_too(store: VersionStore, tmp_path: Path) -> None:
    file = tmp_path / "acme.conf"
    file.write_text(MAIN)
    made = put(store, file)
    assert require_site(store.require_whole(made.version)).version == made.version


def test_recordings_belong_to_the_version(store: VersionStore, tmp_path: Path) -> None:
    draft = draft_in(tmp_path / "draft", MAIN.replace('say: "Press 1."', "play: hello"))
    record(draft / "recordings" / "en" / "hello.wav")
    record(draft / "recordings" / "en" / "unused.wav")
    first = put(store, draft)
    sound = store.folder_of(first.version) / "recordings" / "en" / "hello.wav"
    assert sound.read_bytes() == (draft / "recordings" / "en" / "hello.wav").read_bytes()
    assert not sound.with_name("unused.wav").exists()
    # the same words by another voice are another version, and the first one's stay
    record(draft / "recordings" / "en" / "hello.wav", value=2)
    second = put(store, draft)
    assert second.version != first.version
    store.require_whole(first.version)
    # what did not change is one file of the disk
    (draft / "site.yaml").write_text((draft / "site.yaml").read_text().replace("Acme", "Acme & Sons"))
    third = put(store, draft)
    names = [store.folder_of(one.version) / "recordings" / "en" / "hello.wav" for one in (second, third)]
    assert names[0].stat().st_ino == names[1].stat().st_ino


def test_publishing_an_older_version_again_is_a_publication_of_its_own(store: VersionStore, draft: Path) -> None:
    first = put(store, draft)
    put(store, draft_in(draft, MAIN.replace("Acme", "Acme 2")))
    back = store.publish(first.version, who="bob", why="worse", at=AT, back_to=first.number)
    assert store.current() == back == Publication(3, first.version, AT, "bob", "worse", 1)


def test_the_second_of_two_is_told_who_was_first(store: VersionStore, draft: Path) -> None:
    put(store, draft)
    draft_in(draft, MAIN.replace("Acme", "Acme 2"))
    put(store, draft, expected=1)
    with pytest.raises(PublishedMeanwhile, match="ann published") as told:
        put(store, draft, expected=1)
    assert told.value.publication.number == 2
    assert store.newest_number() == 2


def test_of_two_at_the_same_moment_one_is_first(store: VersionStore, draft: Path, tmp_path: Path) -> None:
    version = store.keep(draft, require_site(draft))
    barrier = threading.Barrier(4)
    came: list[Publication | PublishedMeanwhile] = []

    def one() -> None:
        barrier.wait(20)
        try:
            came.append(VersionStore(tmp_path / "site").publish(version, who="ann", why="", at=AT, expected=0))
        except PublishedMeanwhile as error:
            came.append(error)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(type(what).__name__ for what in came) == ["Publication", *["PublishedMeanwhile"] * 3]
    assert [one.number for one in store.publications()] == [1]


@pytest.mark.parametrize("content", [b"", b'{"form": 1', b"[]", b'{"form": 1, "number": 2}', b"\xff\xfe"], ids=repr)
def test_a_damaged_publication_is_told_and_the_one_before_serves(
    store: VersionStore, draft: Path, tmp_path: Path, content: bytes
) -> None:
    first = put(store, draft)
    put(store, draft_in(draft, MAIN.replace("Acme", "Acme 2")))
    (tmp_path / "site" / "publications" / "000002.json").write_bytes(content)
    assert store.current() == first
    assert store.damaged() == ("000002.json",)
    # and the next one does not take its number
    assert put(store, draft, expected=1).number == 3


def test_a_version_that_was_tampered_with_is_noticed(store: VersionStore, draft: Path) -> None:
    made = put(store, draft)
    folder = store.folder_of(made.version)
    (folder / "more.yaml").write_text("{}")
    with pytest.raises(VersionDamaged, match=r"more\.yaml was added"):
        store.require_whole(made.version)
    (folder / "more.yaml").unlink()
    (folder / "site.yaml").write_text(MAIN + "\n")
    with pytest.raises(VersionDamaged, match="changed since"):
        store.require_whole(made.version)
    # publishing the same again mends it
    put(store, draft)
    store.require_whole(made.version)


@pytest.mark.parametrize("name", ["../../etc", "0123456789ab", "", "0123456789AB"], ids=repr)
def test_only_what_was_kept_has_a_folder(store: VersionStore, name: str) -> None:
    with pytest.raises(NoSuchVersion):
        store.folder_of(name)


@pytest.mark.parametrize(
    ("wanted", "number"), [("2", 2), ("<version>", 3), ("<begin>", 3)], ids=["number", "version", "its beginning"]
)
def test_a_publication_is_found(store: VersionStore, draft: Path, wanted: str, number: int) -> None:
    first = put(store, draft)
    put(store, draft_in(draft, MAIN.replace("Acme", "Acme 2")))
    store.publish(first.version, who="bob", why="", at=AT)
    said = {"<version>": first.version, "<begin>": first.version[:6]}.get(wanted, wanted)
    assert store.find(said).number == number
    with pytest.raises(NoSuchVersion, match="nothing was published as 17"):
        store.find("17")


def test_a_draft_that_changes_while_it_is_kept_is_refused(tmp_path: Path, draft: Path) -> None:
    def write(step: str) -> None:
        if step == "folder made":
            draft_in(draft, MAIN.replace("Acme", "Acme 2"))

    store = VersionStore(tmp_path / "site", step=write)
    with pytest.raises(DraftChanged):
        put(store, draft)
    assert list((tmp_path / "site" / "versions").iterdir()) == []


def test_a_draft_that_changes_after_it_was_loaded_is_refused_and_one_that_does_not_is_not_read_again(
    store: VersionStore, draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load_site(draft)
    assert loaded.site is not None
    draft_in(draft, MAIN.replace("Acme", "Acme 2"))
    with pytest.raises(DraftChanged):
        store.keep(draft, loaded.site, loaded.digests)
    draft_in(draft)
    monkeypatch.setattr(version_files, "read_source", None)
    assert store.keep(draft, loaded.site, loaded.digests) == loaded.site.version


@pytest.fixture
def spoken(draft: Path) -> Path:
    """A draft with recordings, of which one stays as it is in the next version."""
    draft_in(draft, MAIN.replace('say: "Press 1."', "play: hello"))
    for language in ("en", "lt"):
        record(draft / "recordings" / language / "hello.wav")
    return draft


def change(spoken: Path) -> None:
    (spoken / "site.yaml").write_text((spoken / "site.yaml").read_text().replace("Acme", "Acme 2"))
    record(spoken / "recordings" / "lt" / "hello.wav", value=2)


def test_the_steps_are_all_that_a_publisher_tells_of(tmp_path: Path, spoken: Path) -> None:
    put(VersionStore(tmp_path / "site"), spoken)
    change(spoken)
    steps: list[str] = []
    put(VersionStore(tmp_path / "site", step=steps.append), spoken)
    assert tuple(steps) == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_a_full_disk_at_any_step_leaves_the_old_or_the_new(tmp_path: Path, spoken: Path, step: str) -> None:
    old = put(VersionStore(tmp_path / "site"), spoken)
    change(spoken)

    def full(at: str) -> None:
        if at == step:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        put(VersionStore(tmp_path / "site", step=full), spoken)
    _old_or_new(VersionStore(tmp_path / "site"), old, spoken)


@pytest.mark.parametrize("most", [0, 100, 1_000], ids=["for the YAML", "in the YAML", "in a recording"])
def test_a_write_that_the_kernel_refuses_leaves_the_old_and_no_half_file(
    tmp_path: Path, spoken: Path, most: int
) -> None:
    store = VersionStore(tmp_path / "site")
    old = put(store, spoken)
    change(spoken)
    with full_after(most), pytest.raises(OSError, match="too large"):
        put(store, spoken)
    assert store.current() == old
    assert [path.name for path in (tmp_path / "site" / "versions").iterdir()] == [old.version]
    _old_or_new(store, old, spoken)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_leaves_the_old_or_the_new(tmp_path: Path, spoken: Path, step: str) -> None:
    old = put(VersionStore(tmp_path / "site"), spoken)
    change(spoken)
    pid = os.fork()
    if pid == 0:  # a copy of this process, which publishes and is killed on the way
        try:
            store = VersionStore(
                tmp_path / "site", step=lambda at: os.kill(os.getpid(), signal.SIGKILL) if at == step else None
            )
            put(store, spoken)
        finally:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    _old_or_new(VersionStore(tmp_path / "site"), old, spoken)


def _old_or_new(store: VersionStore, old: Publication, draft: Path) -> None:
    """Whatever happened: one whole version is in force, and publishing again works and cleans up."""
    now = store.current()
    assert now is not None
    assert (now == old) or now.version == version_id(draft, require_site(draft))
    store.require_whole(now.version)
    assert store.damaged() == ()
    again = put(store, draft)
    store.require_whole(again.version)
    left = [path.name for path in store.folder_of(again.version).parent.iterdir() if path.name.startswith(".")]
    left += [path.name for path in store.folder_of(again.version).parents[1].glob("publications/.*")]
    assert left == []


def test_versions_of_long_ago_are_forgotten_and_those_of_now_are_not(
    tmp_path: Path, draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.versions.store.KEPT", 2)
    hour = 3600.0
    later = [0.0]
    store = VersionStore(tmp_path / "site", now=lambda: AT.timestamp() + 10 * 365 * 24 * hour + later[0])
    made = [put(store, draft_in(draft, MAIN.replace("Acme", f"Acme {n}"))) for n in range(4)]
    kept = {path.name for path in (tmp_path / "site" / "versions").iterdir()}
    assert kept == {one.version for one in made[-2:]}
    assert [one.number for one in store.publications()] == [1, 2, 3, 4]
    with pytest.raises(NoSuchVersion):
        store.publish(made[0].version, who="ann", why="", at=AT)


def test_nothing_in_the_store_is_for_other_users(store: VersionStore, draft: Path, tmp_path: Path) -> None:
    put(store, draft)
    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "site").rglob("*") if path.name != "lock"}
    assert modes == {0}


def test_the_id_of_a_version_without_recordings_is_the_sites_own(draft: Path) -> None:
    site = require_site(draft)
    assert version_id(draft, site) == site.version


def test_a_publication_is_text_that_a_person_can_read(store: VersionStore, draft: Path, tmp_path: Path) -> None:
    put(store, draft, why="į lietuvių")
    found = json.loads((tmp_path / "site" / "publications" / "000001.json").read_text())
    assert found["why"] == "į lietuvių"
