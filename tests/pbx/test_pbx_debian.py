"""Bringing packages in, with an apt and a dpkg that we wrote: broken downloads, two at once, every failure."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from pbx import apt, debian, errors
from pbx.debian import Progress, unpack

# An apt that knows two packages. It keeps count of what it was asked, and does what the file `mood` says.
APT = r"""#!/bin/sh
here=$(dirname "$0")
conf=; previous=
for word in "$@"; do [ "$previous" = -c ] && conf=$word; previous=$word; done
archives=$(sed -n 's/^Dir::Cache::archives "\(.*\)";/\1/p' "$conf")
mood=$(cat "$here/mood")
case "$*" in
*update*)
    echo update >> "$here/asked"
    [ "$mood" = offline ] && { echo "E: Failed to fetch http://m/I  Temporary failure resolving 'm'"; exit 100; }
    [ "$mood" = forged ] && { echo "E: GPG error: http://m sid InRelease: NO_PUBKEY 0123456789ABCDEF"; exit 100; }
    ;;
*--simulate*)
    [ "$mood" = unknown ] && { echo "E: Unable to locate package ghost"; exit 100; }
    echo "Inst libfoo (2:1.0-1 Debian:unstable [amd64])"
    echo "Inst foo (1.0+b1 Debian:unstable [amd64]) []"
    ;;
*--print-uris*)
    size=1000; [ "$mood" = huge ] && size=999999999999999
    [ -f "$archives/foo_1.0+b1_amd64.deb" ] || echo "'http://m/foo.deb' foo_1.0+b1_amd64.deb $size SHA256:00"
    ;;
*--download-only*)
    echo download >> "$here/asked"
    echo "old" > "$archives/left-over_0_amd64.deb"
    echo "dlstatus:1:0:Retrieving file 1 of 2"
    lib="$archives/libfoo_2%3a1.0-1_amd64.deb"
    [ -f "$lib" ] || { echo fetched libfoo >> "$here/asked"; echo lib > "$lib"; }
    [ "$mood" = breaks ] && { echo "E: Failed to fetch http://m/foo.deb  Connection timed out"; exit 100; }
    [ "$mood" = full ] && { echo "E: Write error - write (28: No space left on device)"; exit 100; }
    [ "$mood" = slow ] && sleep 0.5
    echo foo > "$archives/foo_1.0+b1_amd64.deb"
    echo "dlstatus:2:100:Retrieving file 2 of 2"
    ;;
esac
exit 0
"""

DPKG = r"""#!/bin/sh
here=$(dirname "$0")
[ "$(cat "$here/mood")" = damaged ] && { echo "dpkg-deb: error: unexpected end of file in archive" >&2; exit 2; }
mkdir -p "$3/usr" && cp "$2" "$3/usr/"
"""


class Machine:
    """A machine whose apt behaves as told."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "bin"
        self.into = folder / "cache" / "thing"
        self.progress: list[Progress] = []
        self.programs.mkdir()
        for name, text in {"apt-get": APT, "dpkg": DPKG}.items():
            (self.programs / name).write_text(text)
            (self.programs / name).chmod(0o755)
        self.mood("well")

    def mood(self, mood: str) -> None:
        (self.programs / "mood").write_text(mood)

    @property
    def asked(self) -> list[str]:
        return (self.programs / "asked").read_text().splitlines()

    async def unpack(self, *packages: str) -> None:
        await unpack(packages or ("foo",), suite="sid", into=self.into, progress=self.progress.append)

    @property
    def unpacked(self) -> list[str]:
        return sorted(file.name for file in (self.into / "usr").iterdir())


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "sources.list").write_text("deb http://m.example/debian sid main\n")
    keyring = tmp_path / "keyring.gpg"
    keyring.touch()
    monkeypatch.setattr(apt, "ETC_APT", etc)
    monkeypatch.setattr(apt, "KEYRING", keyring)
    monkeypatch.setenv("PATH", f"{made.programs}:{os.environ['PATH']}")
    return made


async def test_packages_come_with_all_they_need_and_nothing_else(machine: Machine) -> None:
    await machine.unpack()
    assert machine.unpacked == ["foo_1.0+b1_amd64.deb", "libfoo_2%3a1.0-1_amd64.deb"]
    stamp = debian.read_stamp(machine.into)
    assert stamp == debian.Stamp("sid", ("foo",), {"libfoo": "2:1.0-1", "foo": "1.0+b1"})
    # What was needed on the way is gone again.
    assert sorted(file.name for file in machine.into.parent.iterdir()) == ["thing", "thing.lock"]


async def test_progress_never_goes_back_and_ends_at_one(machine: Machine) -> None:
    await machine.unpack()
    done = [progress.done for progress in machine.progress]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0.0, 1.0)


async def test_a_second_run_is_quick_and_asks_nothing(machine: Machine) -> None:
    await machine.unpack()
    asked = machine.asked
    begin = time.process_time()
    await machine.unpack()
    assert time.process_time() - begin < 0.1
    assert machine.asked == asked


async def test_another_selection_replaces_the_folder(machine: Machine) -> None:
    await machine.unpack("foo")
    await machine.unpack("foo", "libfoo")
    stamp = debian.read_stamp(machine.into)
    assert stamp is not None and stamp.packages == ("foo", "libfoo")


async def test_a_broken_download_is_continued(machine: Machine) -> None:
    machine.mood("breaks")
    with pytest.raises(errors.NoNetwork):
        await machine.unpack()
    assert not machine.into.exists()
    machine.mood("well")
    await machine.unpack()
    assert machine.asked.count("fetched libfoo") == 1
    assert len(machine.unpacked) == 2


async def test_a_run_killed_while_unpacking_leaves_no_half_folder(machine: Machine) -> None:
    part = machine.into.with_name("thing.part")
    part.mkdir(parents=True)
    (part / "half").touch()
    await machine.unpack()
    assert not part.exists() and not (machine.into / "half").exists()


async def test_two_at_once_do_the_work_once(machine: Machine) -> None:
    machine.mood("slow")
    await asyncio.gather(machine.unpack(), machine.unpack())
    assert machine.asked.count("download") == 1
    assert any("waiting for another" in progress.step for progress in machine.progress)


async def test_a_damaged_package_is_fetched_again(machine: Machine) -> None:
    machine.mood("damaged")
    with pytest.raises(errors.UnpackFailed, match="unexpected end of file"):
        await machine.unpack()
    machine.mood("well")
    await machine.unpack()
    assert len(machine.unpacked) == 2


async def test_cancelling_ends_apt_and_frees_the_lock(machine: Machine) -> None:
    machine.mood("slow")
    began = asyncio.Event()
    work = asyncio.create_task(
        unpack(
            ["foo"],
            suite="sid",
            into=machine.into,
            progress=lambda progress: began.set() if progress.step.startswith("downloading") else None,
        )
    )
    await began.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    machine.mood("well")
    await machine.unpack()
    assert len(machine.unpacked) == 2


@pytest.mark.parametrize(
    ("mood", "error"),
    [
        ("offline", errors.NoNetwork),
        ("forged", errors.BadSignature),
        ("unknown", errors.PackageMissing),
        ("huge", errors.DiskFull),
        ("full", errors.DiskFull),
        ("damaged", errors.UnpackFailed),
    ],
)
async def test_a_failure_says_what_to_do(machine: Machine, mood: str, error: type[errors.BringInError]) -> None:
    machine.mood(mood)
    with pytest.raises(error) as caught:
        await machine.unpack()
    assert str(caught.value).startswith((error.__doc__ or "").split(";")[0])
    assert caught.value.detail
    assert not machine.into.exists()


async def test_a_machine_without_apt_is_told_so(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(errors.NotDebian):
        await machine.unpack()


async def test_a_machine_with_foreign_sources_is_told_so(machine: Machine) -> None:
    (apt.ETC_APT / "sources.list").write_text("deb http://archive.ubuntu.com/ubuntu noble main\n")
    with pytest.raises(errors.NotDebian, match="no Debian mirror"):
        await machine.unpack()


async def test_missing_keys_are_named(machine: Machine) -> None:
    apt.KEYRING.unlink()
    with pytest.raises(errors.NoKeyring, match="debian-archive-keyring"):
        await machine.unpack()
