"""Deliveries into folders: whole under their names or not there, and words for whoever has to mend something."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.delivery_model import Accepted, Delivery, DeliveryState, Given, Later, NothingToSend, Refused, Result
from ledger.folder_carrier import FolderCarrier

NAME = "2026-11-22-0708-37060000001-a1b2c3d4.pdf"
AT = datetime(2026, 11, 22, tzinfo=UTC)
CONTENT = b"%PDF " + bytes(range(256)) * 8_000


def delivery(folder: Path | str, **more: object) -> Delivery:
    made = Delivery(
        "d1d2d3d4d5", "fax", "f1", "folder", str(folder), DeliveryState.WAITING, AT, 1, "", None, None, "deliver d1"
    )
    return replace(made, **more)  # type: ignore[arg-type]  # the tests' own values


@dataclass
class OneFile:
    """Gives the same file each time, or says that there is none."""

    path: Path
    gone: str | None = None

    async def give(self, _delivery: Delivery) -> Given:
        if self.gone is not None:
            raise NothingToSend(self.gone)
        return Given(NAME, self.path)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.pdf"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "faxes"
    path.mkdir()
    return path


@pytest.fixture
def closed(folder: Path) -> Iterator[Path]:
    folder.chmod(0o500)
    yield folder
    folder.chmod(0o700)


def carrier(source: Path, **more: float) -> FolderCarrier:
    return FolderCarrier({"fax": OneFile(source)}, **more)  # type: ignore[arg-type]  # the tests' own values


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_the_file_is_there_under_its_name(source: Path, folder: Path) -> None:
    assert await carrier(source).carry(delivery(folder)) == Accepted(f"saved as {NAME}")
    assert names(folder) == [NAME]
    assert (folder / NAME).read_bytes() == CONTENT
    assert (folder / NAME).stat().st_mode & 0o007 == 0


async def test_a_second_try_replaces_the_first_and_clears_its_drafts(source: Path, folder: Path) -> None:
    (folder / NAME).write_bytes(b"half")
    (folder / f".{NAME}.d1d2d3d4.2.new").write_bytes(b"what a process left that died")
    (folder / f".{NAME}.99999999.2.new").write_bytes(b"another delivery's, still being written")
    assert isinstance(await carrier(source).carry(delivery(folder, attempts=3)), Accepted)
    assert names(folder) == [f".{NAME}.99999999.2.new", NAME]
    assert (folder / NAME).read_bytes() == CONTENT


async def test_two_at_once_are_both_whole(source: Path, folder: Path) -> None:
    ours = carrier(source)
    results = await asyncio.gather(*(ours.carry(delivery(folder, id=f"{n}" * 8)) for n in range(4)))
    assert [type(result) for result in results] == [Accepted] * 4
    assert names(folder) == [NAME]
    assert (folder / NAME).read_bytes() == CONTENT


def as_link(folder: Path) -> None:
    (folder.parent / "precious").write_bytes(b"precious")
    (folder / NAME).symlink_to(folder.parent / "precious")


async def test_a_link_of_the_name_is_replaced_and_not_followed(source: Path, folder: Path) -> None:
    as_link(folder)
    assert isinstance(await carrier(source).carry(delivery(folder)), Accepted)
    assert (folder.parent / "precious").read_bytes() == b"precious"
    assert not (folder / NAME).is_symlink()
    assert (folder / NAME).read_bytes() == CONTENT


async def test_a_link_of_the_drafts_name_is_not_followed(source: Path, folder: Path) -> None:
    (folder.parent / "precious").write_bytes(b"precious")
    (folder / f".{NAME}.d1d2d3d4.1.new").symlink_to(folder.parent / "precious")
    assert isinstance(await carrier(source).carry(delivery(folder)), Accepted)
    assert (folder.parent / "precious").read_bytes() == b"precious"
    assert names(folder) == [NAME]


async def test_our_own_file_is_no_link_either(source: Path, folder: Path) -> None:
    link = source.with_name("link.pdf")
    link.symlink_to(source)
    result = await carrier(link).carry(delivery(folder))
    assert result == Later("our own copy cannot be read: it is not there", admin=True)
    assert names(folder) == []


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(lambda folder: folder.rmdir(), "make it, or mount its share", id="missing"),
        pytest.param(lambda folder: (folder.rmdir(), folder.touch()), "it is no folder", id="a file"),
        pytest.param(lambda folder: (folder / NAME).mkdir(), "is in the way", id="a folder of the name"),
    ],
)
async def test_what_is_wrong_with_the_folder_is_said(
    spoil: Callable[[Path], object], says: str, source: Path, folder: Path
) -> None:
    spoil(folder)
    result = await carrier(source).carry(delivery(folder))
    assert isinstance(result, Later) and result.admin
    assert says in result.why and str(folder) in result.why
    assert files_in(folder) == []


@pytest.mark.parametrize(
    ("step", "error", "says"),
    [
        ("fsync", errno.ENOSPC, "its disk is full: make room"),
        ("fsync", errno.EDQUOT, "used up: make room"),
        ("open", errno.EACCES, "give this server's user the right"),
        ("replace", errno.EROFS, "read-only"),
        ("replace", errno.EIO, os.strerror(errno.EIO)),
    ],
)
async def test_what_the_disk_says_is_said_and_no_draft_stays(
    step: str, error: int, says: str, source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = getattr(os, step)

    def fails(*given: object, **named: object) -> object:
        if step == "open" and "dir_fd" not in named:
            return real(*given, **named)
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, step, fails)
    result = await carrier(source).carry(delivery(folder))
    monkeypatch.undo()
    assert isinstance(result, Later) and result.admin
    assert says in result.why
    assert names(folder) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
async def test_a_folder_that_we_may_not_write_into_is_named(source: Path, closed: Path) -> None:
    result = await carrier(source).carry(delivery(closed))
    assert isinstance(result, Later) and result.admin and "give this server's user the right" in result.why


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"kind": "voicemail"}, Later("nobody here gives files about voicemail", admin=True), id="kind"),
        pytest.param({"receiver": "faxes"}, Refused("this is no absolute path of a folder"), id="relative"),
        pytest.param({"receiver": "/faxes\0"}, Refused("this is no absolute path of a folder"), id="nul"),
    ],
)
async def test_what_cannot_be_delivered(given: dict[str, object], expected: Result, source: Path, folder: Path) -> None:
    assert await carrier(source).carry(delivery(folder, **given)) == expected


async def test_what_is_gone_is_refused(source: Path, folder: Path) -> None:
    result = await FolderCarrier({"fax": OneFile(source, gone="ona deleted the fax")}).carry(delivery(folder))
    assert result == Refused("ona deleted the fax")
    assert names(folder) == []


async def test_a_file_that_is_too_large_is_refused(source: Path, folder: Path) -> None:
    ours = FolderCarrier({"fax": OneFile(source)}, most_bytes=1_000_000)
    assert isinstance(await ours.carry(delivery(folder)), Refused)
    assert names(folder) == []


@pytest.mark.parametrize("name", ["../x.pdf", "", ".hidden", "a/b.pdf", "a\nb.pdf", "ą.pdf", "x" * 200])
def test_a_name_is_one_of_ours(name: str) -> None:
    with pytest.raises(ValueError, match="no name that we give"):
        Given(name, Path("/x"))


async def test_a_share_that_hangs_takes_one_thread_and_is_said(
    source: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, comes_back = threading.Event(), threading.Event()
    real = os.replace
    other = tmp_path / "other"
    other.mkdir()

    def slow(*given: object, **named: int) -> None:
        if os.path.samestat(os.fstat(named["dst_dir_fd"]), folder.stat()):
            hangs.set()
            assert comes_back.wait(60)
        real(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "replace", slow)
    ours = carrier(source, seconds=2.0)
    before = threading.active_count()
    first, second = await asyncio.gather(ours.carry(delivery(folder)), ours.carry(delivery(folder, id="2" * 8)))
    for result in (first, second):
        assert isinstance(result, Later) and result.admin and "is its share there?" in result.why
    assert hangs.is_set() and threading.active_count() == before + 1
    assert isinstance(await ours.carry(delivery(other)), Accepted)
    comes_back.set()
    assert isinstance(await ours.carry(delivery(folder, attempts=2)), Accepted)
    assert names(folder) == [NAME]


async def test_a_thread_that_cannot_be_had_takes_no_folder_away(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    ours = carrier(source, seconds=2.0)
    with monkeypatch.context() as short:
        short.setattr(threading.Thread, "start", none)
        assert isinstance(await ours.carry(delivery(folder)), Later)
    assert isinstance(await ours.carry(delivery(folder, attempts=2)), Accepted)
