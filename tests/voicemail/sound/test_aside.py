"""Looking at a sound from the event loop: the real process, and processes that hang, die and lie in its place."""

from __future__ import annotations

import asyncio
import json
import os
import re
import select
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

from tests.voicemail.sound.sounds import RATE, between_pauses, dtmf, header, pcm, record, silence, spoken, tone
from tests.voicemail.sound.test_speaking import by_ear
from voicemail.sound.aside import examine, for_mail
from voicemail.sound.errors import NoSound, SoundLost
from voicemail.sound.model import MailSound, NotAttached

Install = Callable[[str], Path]


@pytest.fixture
def instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Have a shell script run in place of the worker; returns the file with the ids of its processes."""

    def install(script: str) -> Path:
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\necho $$ >> {tmp_path}/pids\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))
        return tmp_path / "pids"

    return install


def still_there(pids: Path) -> list[str]:
    """List those that have not ended; one that was killed a moment ago may need a moment."""
    return [pid for pid in pids.read_text().split() if not ends(int(pid))]


def ends(pid: int) -> bool:
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], 5)[0])
    finally:
        os.close(process)


@by_ear
async def test_a_message_is_measured_outlined_and_given_a_true_header(tmp_path: Path) -> None:
    path = record(tmp_path / "message.wav", between_pauses(spoken("en/counting")))
    whole = path.read_bytes()
    path.write_bytes(header(0) + whole[44:])
    examined = await examine(path, bars=20, mend=True)
    assert examined.sound.speaks
    assert len(examined.peaks) == 20
    assert (examined.peaks[0], max(examined.peaks)) == (0, 100)
    assert examined.repaired
    assert path.read_bytes() == whole


@by_ear
async def test_keys_are_no_message(tmp_path: Path) -> None:
    examined = await examine(record(tmp_path / "message.wav", dtmf("123#")))
    assert not examined.sound.speaks
    assert not examined.repaired


async def test_an_attachment_comes_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    made = await for_mail(record(tmp_path / "message.wav", tone(3, 440)), most_bytes=1_000_000)
    assert isinstance(made, MailSound)
    assert len(made.content) == 44 + 3 * RATE * 2
    assert (made.content[:4], made.suffix, made.mime) == (b"RIFF", ".wav", "audio/wav")


async def test_what_is_too_large_is_not_attached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    made = await for_mail(record(tmp_path / "message.wav", tone(3, 440)), most_bytes=10_000)
    assert made == NotAttached("1 minutes of sound do not fit into 0.0 MB")


@pytest.mark.parametrize("look", [examine, lambda path: for_mail(path, most_bytes=1_000)], ids=["examine", "for mail"])
async def test_what_holds_no_sound_is_said(tmp_path: Path, look: Callable[[Path], Awaitable[object]]) -> None:
    (tmp_path / "empty.wav").touch()
    with pytest.raises(NoSound, match="the file is empty"):
        await look(tmp_path / "empty.wav")


async def test_the_loop_runs_on(tmp_path: Path) -> None:
    path = record(tmp_path / "message.wav", np.tile(tone(20, 440), 5))
    longest, last = 0.0, asyncio.get_running_loop().time()
    looking = asyncio.create_task(examine(path))
    while not looking.done():
        await asyncio.sleep(0.002)
        now = asyncio.get_running_loop().time()
        longest, last = max(longest, now - last), now
    await looking
    assert longest < 0.2, "starting a process takes some milliseconds, and the machine may be busy"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        pytest.param("exec /bin/sleep 60", "it took longer than 1 s", id="hangs"),
        pytest.param(
            "/bin/sleep 60 & echo $! >> $(dirname $0)/pids; wait", "it took longer than 1 s", id="hangs with a child"
        ),
        pytest.param("trap '' TERM INT; while :; do /bin/sleep 1; done", "longer than 1 s", id="will not end"),
        pytest.param("echo one >&2; echo the reason >&2; exit 1", "the reason", id="dies with a word"),
        pytest.param("exit 3", "ended with status 3", id="dies without a word"),
        pytest.param("kill -SEGV $$", "the process ended with status -11", id="crashes"),
        pytest.param("echo nonsense", "ended with status", id="talks nonsense"),
        pytest.param("printf '{\"sound\": '", "ended with status", id="half a line"),
        pytest.param("exec /bin/cat /dev/zero", "ended with status", id="a line without end"),
        pytest.param("/usr/bin/yes | /usr/bin/head -c 5000000 >&2; exit 1", "^y$", id="floods the errors"),
        pytest.param(
            'echo \'{"attached": {"suffix": "", "mime": "", "remark": ""}, "content": 9}\'; printf 1234',
            "ended with status",
            id="half an attachment",
        ),
        pytest.param(
            'echo \'{"attached": {"suffix": "", "mime": "", "remark": ""}, "content": 1001}\'; exec /usr/bin/yes',
            "ended with status",
            id="too large an attachment",
        ),
    ],
)
async def test_a_process_that_fails_costs_its_own_question_only(
    tmp_path: Path, instead: Install, script: str, why: str
) -> None:
    pids = instead(script)
    with pytest.raises(SoundLost, match=why):
        await for_mail(tmp_path / "message.wav", most_bytes=1_000, deadline=1)
    assert not still_there(pids)


async def test_cancelling_leaves_no_process(tmp_path: Path, instead: Install) -> None:
    os.mkfifo(tmp_path / "begun")
    pids = instead(f"echo > {tmp_path}/begun; exec /bin/sleep 60")
    looking = asyncio.create_task(examine(tmp_path / "message.wav"))
    await asyncio.to_thread((tmp_path / "begun").read_text)  # returns once the process is there
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    assert not still_there(pids)


def test_hours_of_sound_fit_into_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "message.wav"
    with path.open("wb") as file:  # sparse: it takes no room on the disk
        file.write(header(0))
        file.seek(44 + 6 * 3_600 * RATE * 2)
        file.write(pcm(between_pauses(tone(1, 440))))
    job = json.dumps({"do": "examine", "path": str(path), "bars": 6, "mend": True})
    # What wait4 tells of memory is the parent's, when that had more before it forked.
    script = """
import sys
from voicemail.sound import worker
worker.main()
sys.stderr.write(open("/proc/self/status").read())
"""
    command = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command, input=job + "\n", capture_output=True, text=True, timeout=60, check=True)
    said = json.loads(done.stdout)
    assert said["sound"]["seconds"] == pytest.approx(21_602)
    assert not said["sound"]["speaks"]
    assert said["repaired"]
    assert said["peaks"] == [0] * 5 + [100]
    (most,) = re.findall(r"VmHWM:\s+(\d+) kB", done.stderr)
    assert int(most) < 150_000


async def test_two_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    short, long = record(tmp_path / "1.wav", silence(1)), record(tmp_path / "2.wav", silence(2))
    first, second = await asyncio.gather(examine(short), examine(long))
    assert (first.sound.seconds, second.sound.seconds) == (1, 2)
