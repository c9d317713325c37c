import asyncio
import errno
import hashlib
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ledger import spool as spool_module
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.drop_folder import GIVEN_UP_SECONDS, Drop, pick_up
from ledger.errors import FileTooLarge, NoSuchFile, NotOurName, SpoolFull
from ledger.spool import Spool, SpoolFile
from ledger.spool_register import SpoolRegister

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def spool(tmp_path: Path) -> Spool:
    return await Spool.open(tmp_path / "spool")


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


async def test_written_in_parts_and_read_back(spool: Spool) -> None:
    async with spool.create(".wav") as writer:
        await writer.write(b"one ")
        await writer.write(b"two")
    assert writer.stored is not None
    assert writer.stored.name.endswith(".wav")
    assert (writer.stored.size, writer.stored.sha256) == (7, hashlib.sha256(b"one two").hexdigest())
    assert await spool.read(writer.stored.name) == b"one two"
    assert await spool.exists(writer.stored.name)
    await spool.remove(writer.stored.name)
    await spool.remove(writer.stored.name)
    assert not await spool.exists(writer.stored.name)


async def test_another_program_may_write_the_path(spool: Spool) -> None:
    async with spool.create(".tif") as writer:
        writer.path.write_bytes(b"pages")
    assert writer.stored is not None
    assert spool.path_of(writer.stored.name).read_bytes() == b"pages"


async def test_nothing_is_left_of_a_failure(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with spool.create(".wav") as writer:
            await writer.write(b"half")
            raise ZeroDivisionError
    assert writer.stored is None
    assert files_in(tmp_path) == []


async def test_what_a_dead_process_left_is_cleared_when_it_is_old(spool: Spool, tmp_path: Path) -> None:
    old, young = (tmp_path / "spool" / "unfinished" / name for name in ("old", "young"))
    old.write_bytes(b"")
    young.write_bytes(b"")
    os.utime(old, (0, 0))
    await Spool.open(tmp_path / "spool")
    assert files_in(tmp_path) == [young]


@pytest.mark.parametrize(
    "name",
    ["", "x.wav", "../../etc/passwd", "0" * 32 + "/x", "0" * 31 + "g", "0" * 32 + ".WAV", "0" * 32 + "\n", "0" * 33],
)
async def test_names_that_are_not_ours(spool: Spool, name: str) -> None:
    with pytest.raises(NotOurName):
        await spool.read(name)
    with pytest.raises(NotOurName):
        spool.path_of(name)


@pytest.mark.parametrize("suffix", ["/../x", ".wav/..", "wav", ".", ".tarball123", ".w\0v"])
async def test_suffixes_that_are_none(spool: Spool, suffix: str) -> None:
    with pytest.raises(NotOurName):
        async with spool.create(suffix):
            pass


async def test_reading_has_a_limit(spool: Spool) -> None:
    async with spool.create() as writer:
        await writer.write(b"12345")
    assert writer.stored is not None
    assert await spool.read(writer.stored.name, limit=5) == b"12345"
    with pytest.raises(FileTooLarge):
        await spool.read(writer.stored.name, limit=4)
    with pytest.raises(NoSuchFile):
        await spool.read("0" * 32)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
async def test_a_full_disk_has_its_own_error(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(path: Path) -> None:
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr(spool_module, "sync_file", full)
    with pytest.raises(SpoolFull):
        async with spool.create() as writer:
            await writer.write(b"x")
    assert files_in(tmp_path) == []


async def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    program = """
import asyncio, pathlib, resource, sys
from ledger.errors import SpoolFull
from ledger.spool import Spool
async def main():
    spool = await Spool.open(pathlib.Path(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    try:
        async with spool.create() as writer:
            await writer.write(b"x" * 2000)
    except SpoolFull:
        print("full")
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, tmp_path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        said, _ = await process.communicate()
    assert said == b"full\n"
    assert files_in(tmp_path) == []


async def test_adopting_copies_and_leaves_the_original(spool: Spool, tmp_path: Path) -> None:
    theirs = tmp_path / "Message 1.WAV"
    theirs.write_bytes(b"speech")
    adopted = await spool.adopt(theirs)
    assert adopted.name.endswith(".wav")
    assert await spool.read(adopted.name) == b"speech"
    assert theirs.exists()
    with pytest.raises(FileTooLarge):
        await spool.adopt(theirs, limit=5)


async def test_adopting_only_plain_files(spool: Spool, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"")
    link, pipe = tmp_path / "link.wav", tmp_path / "pipe.wav"
    link.symlink_to(secret)
    os.mkfifo(pipe)
    for path in (link, pipe, tmp_path, tmp_path / "missing"):
        with pytest.raises(NoSuchFile):
            await spool.adopt(path, ".wav")
    assert files_in(tmp_path / "spool") == []


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


async def found(folder: Path) -> list[Drop]:
    return [each async for each in pick_up(folder)]


async def test_picking_up_what_is_complete(spool: Spool, drop: Path) -> None:
    (drop / "a.wav").write_bytes(b"speech")
    (drop / "a.json").write_text(json.dumps({"mailbox": "billing"}))
    (drop / "b.wav").write_bytes(b"still being spo")
    (message,) = await found(drop)
    assert message.facts == {"mailbox": "billing"}
    first = await message.adopt(spool)
    # Here we die. Next time:
    (again,) = await found(drop)
    assert again.identity == message.identity
    second = await again.adopt(spool)
    assert first == second
    assert second is not None
    await again.done()
    assert [path.name for path in files_in(drop)] == ["b.wav"]
    assert await spool.read(second.name) == b"speech"


async def test_a_message_whose_writer_died_is_not_lost(drop: Path) -> None:
    message = drop / "a.wav"
    message.write_bytes(b"speech")
    assert await found(drop) == []
    old = time.time() - GIVEN_UP_SECONDS - 1
    os.utime(message, (old, old))
    (given_up,) = await found(drop)
    assert (given_up.facts, given_up.media) == (None, message)


@pytest.mark.parametrize("sidecar", ["{", "[1]", '"x"', " " * 70_000 + "{}", "[" * 60_000])
async def test_a_message_with_an_unreadable_sidecar_is_not_lost(drop: Path, sidecar: str) -> None:
    (drop / "a.wav").write_bytes(b"speech")
    (drop / "a.json").write_text(sidecar)
    (message,) = await found(drop)
    assert message.facts is None
    await message.done()
    assert files_in(drop) == []


async def test_a_sidecar_alone_is_a_call_without_a_message(spool: Spool, drop: Path) -> None:
    (drop / "a.json").write_text('{"call": "c1"}')
    (message,) = await found(drop)
    assert (message.media, message.facts) == (None, {"call": "c1"})
    assert await message.adopt(spool) is None
    await message.done()
    assert await found(drop) == []


async def test_links_and_hidden_files_are_left_alone(drop: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(b"")
    (drop / "a.wav").symlink_to(tmp_path / "secret.wav")
    (drop / ".b.wav").write_bytes(b"")
    (drop / ".b.json").write_text("{}")
    assert await found(drop) == []


async def test_an_original_goes_only_when_settled_and_past_its_time(db: Database, spool: Spool) -> None:
    clock, register = ManualClock(), SpoolRegister(db, spool)
    names = []
    for _ in range(2):
        async with spool.create(".wav") as writer:
            await writer.write(b"speech")
        assert writer.stored is not None
        names.append(writer.stored.name)
        async with db.writing() as session:
            for _twice in range(2):
                await register.record(session, writer.stored, clock.now(), clock.now() + timedelta(days=30))
    settled, unsettled = names
    async with db.writing() as session:
        await register.settle(session, settled, clock.now())
    assert await register.remove_old(clock.now()) == []
    clock.advance(31 * 86_400)
    assert await register.remove_old(clock.now()) == [settled]
    assert await register.remove_old(clock.now()) == []
    assert not await spool.exists(settled)
    assert await spool.exists(unsettled)
    assert await register.list_missing() == []
    await spool.remove(unsettled)
    assert await register.list_missing() == [unsettled]


OLD = timedelta(days=1, minutes=1).total_seconds()


async def put(spool: Spool, *, age: float = 0.0) -> SpoolFile:
    """Write a file that came so long ago."""
    async with spool.create(".wav") as writer:
        await writer.write(b"speech")
    assert writer.stored is not None
    then = time.time() - age
    os.utime(spool.path_of(writer.stored.name), (then, then))
    return writer.stored


async def record(db: Database, register: SpoolRegister, file: SpoolFile, clock: ManualClock) -> None:
    async with db.writing() as session:
        await register.record(session, file, clock.now(), clock.now())


class Interrupting(Spool):
    """Has something happen between looking for a file and removing it."""

    def __init__(self, folder: Path, happens: Callable[[], Awaitable[object]]) -> None:
        super().__init__(folder)
        self._happens = happens

    async def remove(self, name: str) -> None:
        await self._happens()
        await super().remove(name)

    async def remove_older(self, name: str, seconds: float) -> bool:
        await self._happens()
        return await super().remove_older(name, seconds)


async def test_a_file_somebody_wants_again_meanwhile_stays(db: Database, spool: Spool, tmp_path: Path) -> None:
    clock, register = ManualClock(), SpoolRegister(db, spool)
    files = [await put(spool), await put(spool)]
    for days, file in enumerate(files):
        async with db.writing() as session:
            await register.record(session, file, clock.now(), clock.now() + timedelta(days=days))
            await register.settle(session, file.name, clock.now())
    first, second = (file.name for file in files)
    clock.advance(timedelta(days=3).total_seconds())

    async def want_second() -> None:
        async with db.writing() as session:
            assert await register.unsettle(session, second)

    removing = SpoolRegister(db, Interrupting(tmp_path / "spool", want_second))
    assert await removing.remove_old(clock.now()) == [first]
    assert (await spool.exists(first), await spool.exists(second)) == (False, True)
    assert await register.list_missing() == []
    async with db.writing() as session:
        assert not await register.unsettle(session, first)  # whoever wants that one is told that it is too late


async def test_dying_while_a_file_is_removed_leaves_a_stray_one(db: Database, spool: Spool, tmp_path: Path) -> None:
    clock, register = ManualClock(), SpoolRegister(db, spool)
    ours, file = await put(spool, age=OLD), await put(spool, age=OLD)
    await record(db, register, ours, clock)
    await record(db, register, file, clock)
    async with db.writing() as session:
        await register.settle(session, file.name, clock.now())
    clock.advance(1.0)

    async def die() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await SpoolRegister(db, Interrupting(tmp_path / "spool", die)).remove_old(clock.now())
    assert await register.list_missing() == []  # no row without its file
    assert await spool.exists(file.name)
    assert await register.remove_strays() == [file.name]
    assert [await spool.exists(each.name) for each in (ours, file)] == [True, False]


async def test_a_file_that_cannot_be_removed_keeps_none_of_the_others(
    db: Database, spool: Spool, tmp_path: Path
) -> None:
    clock, register = ManualClock(), SpoolRegister(db, spool)
    files = [await put(spool), await put(spool)]
    for file in files:
        await record(db, register, file, clock)
        async with db.writing() as session:
            await register.settle(session, file.name, clock.now())
    clock.advance(1.0)
    failures = [OSError(errno.EIO, "disk")]

    async def fail_once() -> None:
        if failures:
            raise failures.pop()

    removed = await SpoolRegister(db, Interrupting(tmp_path / "spool", fail_once)).remove_old(clock.now())
    assert sorted(removed) == sorted(file.name for file in files)
    assert sorted([await spool.exists(file.name) for file in files]) == [False, True]


@pytest.mark.parametrize(
    ("age", "known", "stays"),
    [
        pytest.param(OLD, False, False, id="nobody's"),
        pytest.param(OLD, True, True, id="somebody's"),
        pytest.param(OLD - 120, False, True, id="its row may come"),
    ],
)
async def test_stray_files_go(db: Database, spool: Spool, age: float, known: bool, stays: bool) -> None:
    clock, register = ManualClock(), SpoolRegister(db, spool)
    await record(db, register, await put(spool, age=OLD), clock)
    file = await put(spool, age=age)
    if known:
        await record(db, register, file, clock)
    assert await register.remove_strays() == ([] if stays else [file.name])
    assert await spool.exists(file.name) == stays


async def test_stray_files_go_some_at_a_time(db: Database, spool: Spool) -> None:
    clock, register = ManualClock(), SpoolRegister(db, spool)
    for _ in range(3):
        await record(db, register, await put(spool, age=OLD), clock)
        await put(spool, age=OLD)
    assert [len(await register.remove_strays(2)) for _ in range(3)] == [2, 1, 0]
    assert await register.list_missing() == []


async def test_a_database_that_is_another_takes_no_files_away(db: Database, spool: Spool) -> None:
    files = [await put(spool, age=OLD) for _ in range(3)]
    assert await SpoolRegister(db, spool).remove_strays() == []
    assert all([await spool.exists(file.name) for file in files])


async def test_a_stray_that_comes_again_stays(db: Database, spool: Spool, tmp_path: Path) -> None:
    clock, register = ManualClock(), SpoolRegister(db, spool)
    await record(db, register, await put(spool, age=OLD), clock)
    theirs = tmp_path / "m.wav"
    theirs.write_bytes(b"speech")
    os.utime(theirs, (0, 0))  # how old the original is says nothing
    name = Spool.name_for("m", ".wav")
    await spool.adopt(theirs, name=name)
    os.utime(spool.path_of(name), (0, 0))

    async def adopt_again() -> None:
        await spool.adopt(theirs, name=name)

    sweeping = SpoolRegister(db, Interrupting(tmp_path / "spool", adopt_again))
    assert await sweeping.remove_strays() == []
    assert await spool.exists(name)
