"""The files of a draft: only those, whole or not at all, and never over what somebody else wrote."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config.edit import files as files_module
from config.edit.files import CannotWrite, ChangedMeanwhile, DraftFiles, NoSuchFile, Wanted, digest_of
from config.load import load_site
from tests.config.config_sites import GOOD


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    folder = tmp_path / "draft"
    folder.mkdir()
    (folder / "site.yaml").write_text(GOOD)
    (folder / ".site.yaml.swp").write_text("x")
    (folder / "notes.txt").write_text("x")
    (tmp_path / "outside.yaml").write_text("menus: {}\n")
    (folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    os.mkfifo(folder / "pipe.yaml")
    return folder


def test_only_files_that_the_loader_reads_are_listed(draft: Path) -> None:
    assert DraftFiles(draft).names() == ("site.yaml",)
    assert DraftFiles(draft / "site.yaml").names() == ("site.yaml",)


@pytest.mark.parametrize(
    "name", ["link.yaml", "pipe.yaml", "notes.txt", "../outside.yaml", ".site.yaml.swp", "", "no.yaml"]
)
def test_no_other_name_leads_to_a_file(draft: Path, name: str) -> None:
    with pytest.raises(NoSuchFile):
        DraftFiles(draft).read(name)
    with pytest.raises(NoSuchFile):
        DraftFiles(draft).write(name, b"x: 1\n", digest_of(b""))


def test_a_file_is_written_whole_and_keeps_its_mode(draft: Path) -> None:
    (draft / "site.yaml").chmod(0o640)
    files = DraftFiles(draft)
    now = files.write("site.yaml", b"a: 1\n", files.read("site.yaml").digest)
    assert now.raw == (draft / "site.yaml").read_bytes() == b"a: 1\n"
    assert (draft / "site.yaml").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in draft.glob(".*")) == [".site.yaml.swp"]


def test_what_somebody_else_wrote_is_not_overwritten(draft: Path) -> None:
    files = DraftFiles(draft)
    read = files.read("site.yaml")
    (draft / "site.yaml").write_text(GOOD + "# theirs\n")
    with pytest.raises(ChangedMeanwhile) as meanwhile:
        files.write("site.yaml", b"mine: 1\n", read.digest)
    assert meanwhile.value.now.raw.decode() == (draft / "site.yaml").read_text() == GOOD + "# theirs\n"


@pytest.mark.parametrize("step", ["fsync", "fchmod"])
def test_a_full_disk_leaves_the_old_file(draft: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    files = DraftFiles(draft)
    read = files.read("site.yaml")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files_module.os, step, full)
    with pytest.raises(CannotWrite, match="No space left"):
        files.write("site.yaml", b"mine: 1\n", read.digest)
    assert (draft / "site.yaml").read_text() == GOOD
    assert sorted(path.name for path in draft.glob(".*")) == [".site.yaml.swp"]


MORE = "departments: {more: {}}\n"


@pytest.fixture
def both(draft: Path) -> list[Wanted]:
    """Two files that belong together, as they shall be."""
    (draft / "more.yaml").write_text(MORE)
    there = {name: (draft / name).read_bytes() for name in ("more.yaml", "site.yaml")}
    return [Wanted(name, raw + b"# new\n", digest_of(raw)) for name, raw in there.items()]


def test_files_that_belong_together_are_written_together(draft: Path, both: list[Wanted]) -> None:
    now = DraftFiles(draft).write_all(both)
    assert [(file.name, file.raw) for file in now] == [(one.name, one.raw) for one in both]
    assert [(draft / one.name).read_bytes() for one in both] == [one.raw for one in both]


def test_one_that_somebody_else_wrote_keeps_all_from_being_written(draft: Path, both: list[Wanted]) -> None:
    (draft / "site.yaml").write_text(GOOD + "# theirs\n")
    with pytest.raises(ChangedMeanwhile, match=r"site\.yaml"):
        DraftFiles(draft).write_all(both)
    assert ((draft / "more.yaml").read_text(), (draft / "site.yaml").read_text()) == (MORE, GOOD + "# theirs\n")


@pytest.mark.parametrize(
    ("step", "works"),
    [("fsync", 0), ("fsync", 1), ("fsync", 2), ("replace", 0), ("replace", 1)],
    ids=["the first", "the second", "their folder", "the name of the first", "the name of the second"],
)
def test_a_disk_that_fails_at_one_leaves_all_as_they_were(
    draft: Path, both: list[Wanted], monkeypatch: pytest.MonkeyPatch, step: str, works: int
) -> None:
    """The disk fails once, after so many times that it worked."""
    place, left = (files_module.os, "fsync") if step == "fsync" else (Path, "replace"), [works]
    really = getattr(*place)

    def failing(*arguments: object) -> object:
        left[0] -= 1
        if left[0] == -1:
            raise OSError(5, "Input/output error")
        return really(*arguments)

    monkeypatch.setattr(*place, failing)
    with pytest.raises(CannotWrite, match=r"Input/output error$"):
        DraftFiles(draft).write_all(both)
    assert ((draft / "more.yaml").read_text(), (draft / "site.yaml").read_text()) == (MORE, GOOD)
    assert sorted(path.name for path in draft.glob(".*")) == [".site.yaml.swp"]


def test_what_cannot_be_put_back_is_named(draft: Path, both: list[Wanted], monkeypatch: pytest.MonkeyPatch) -> None:
    really, left = Path.replace, [1]

    def once(path: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(5, "Input/output error")
        return really(path, target)

    monkeypatch.setattr(Path, "replace", once)
    with pytest.raises(
        CannotWrite, match=r"site\.yaml cannot be written: .*, and more\.yaml not be put back as it was"
    ):
        DraftFiles(draft).write_all(both)
    assert [one.name for one in both if (draft / one.name).read_bytes() == one.raw] == ["more.yaml"]


def test_a_draft_can_be_checked_as_it_would_be(draft: Path) -> None:
    (draft / "recordings" / "en").mkdir(parents=True)
    files = DraftFiles(draft)
    with files.copy_with("site.yaml", GOOD.replace("1: sales", "1: sails").encode()) as folder:
        found = load_site(folder).findings
        assert (folder / "recordings" / "en").is_dir()
    assert any(finding.rule == "E301" for finding in found)
    assert (draft / "site.yaml").read_text() == GOOD and not folder.exists()
    assert (draft / "recordings" / "en").is_dir()
