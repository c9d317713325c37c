"""Looking at a fax from the event loop: the real process, bombs in it, and processes that hang, die and lie."""

from __future__ import annotations

import asyncio
import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from fax.paper import aside
from fax.paper.errors import NoSuchPage, NotAFax, PaperError, PaperLost, PdfNotWritten, TooLarge, TooManyPages
from fax.paper.model import LIMITS, Limits, NotInstalled, PaperText, draft_of
from fax.paper.pdf import to_pdf
from fax.paper.tiff import look
from tests.fax.paper.papers import ALL_RECEIVED, STANDARD, chain, head, letter, one_page, write
from tests.fax.paper.test_pdf import same

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
    """List those that run; a zombie that nobody has buried yet does not."""
    found = [Path("/proc", pid, "status") for pid in pids.read_text().split()]
    return [status.parent.name for status in found if status.exists() and "\nState:\tZ" not in status.read_text()]


@pytest.mark.parametrize("tiff", ALL_RECEIVED, ids=lambda path: path.stem)
async def test_a_real_fax_is_examined_and_becomes_a_pdf(tmp_path: Path, tiff: Path) -> None:
    assert await aside.examine(tiff) == look(tiff)
    made = await aside.make_pdf(tiff, tmp_path / "fax.pdf")
    assert made == to_pdf(tiff, tmp_path / "again.pdf")
    assert (tmp_path / "fax.pdf").read_bytes() == (tmp_path / "again.pdf").read_bytes()
    assert same(tiff, tmp_path / "fax.pdf")


async def test_pictures_come_home() -> None:
    png = await aside.picture(STANDARD, 2, 200)
    assert struct.unpack(">II", png[16:24]) == (200, 260)


async def test_text_comes_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await aside.text(STANDARD) == NotInstalled("tesseract is not installed")
    tesseract = tmp_path / "tesseract"
    tesseract.write_text('#!/bin/sh\nif [ "$1" = --list-langs ]; then echo; echo lit; else echo "Sąskaita"; fi\n')
    tesseract.chmod(0o755)
    assert await aside.text(STANDARD, languages=["lit"]) == PaperText(("Sąskaita",) * 2, complete=True)


@pytest.mark.parametrize(
    ("content", "limits", "error"),
    [
        pytest.param(b"", LIMITS, NotAFax, id="empty"),
        pytest.param(one_page(65_535, 65_535), LIMITS, TooLarge, id="a bomb"),
        pytest.param(chain(2), Limits(most_pages=1), TooManyPages, id="pages"),
    ],
)
async def test_what_is_no_fax_is_said_to_whoever_asks(
    tmp_path: Path, content: bytes, limits: Limits, error: type[PaperError]
) -> None:
    tiff, pdf = tmp_path / "fax.tif", tmp_path / "fax.pdf"
    tiff.write_bytes(content)
    for look_at in (
        aside.examine(tiff, limits=limits),
        aside.make_pdf(tiff, pdf, limits=limits),
        aside.picture(tiff, 1, 100, limits=limits),
    ):
        with pytest.raises(error) as caught:
            await look_at
        assert type(caught.value) is error
    assert not pdf.exists() and not draft_of(pdf).exists()


async def test_other_mistakes_are_said_too(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPage, match="there is no page 3 among 2"):
        await aside.picture(STANDARD, 3, 100)
    with pytest.raises(PdfNotWritten, match="no such file or directory"):
        await aside.make_pdf(STANDARD, tmp_path / "gone" / "fax.pdf")
    with pytest.raises(ValueError, match="a picture is from 16 to 4000 dots wide, not 5000"):
        await aside.picture(STANDARD, 1, 5_000)


async def test_a_tesseract_that_does_not_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "tesseract").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "tesseract").chmod(0o755)
    with pytest.raises(PaperLost, match=r"^tesseract does not run: CalledProcessError$"):
        await aside.text(STANDARD)


async def test_the_loop_runs_on(tmp_path: Path) -> None:
    tiff = write(tmp_path / "fax.tif", [letter(1728, 2156)] * 20, dpi=(204, 196))
    longest, last = 0.0, asyncio.get_running_loop().time()
    making = asyncio.create_task(aside.make_pdf(tiff, tmp_path / "fax.pdf"))
    while not making.done():
        await asyncio.sleep(0.002)
        now = asyncio.get_running_loop().time()
        longest, last = max(longest, now - last), now
    await making
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
        pytest.param("kill -XCPU $$", "it used more of the processor than it may", id="burns"),
        pytest.param("echo nonsense", "ended with status", id="talks nonsense"),
        pytest.param("echo '[]'", "ended with status", id="talks of something else"),
        pytest.param("printf '{\"content\": '", "ended with status", id="half a line"),
        pytest.param("exec /bin/cat /dev/zero", "ended with status", id="a line without end"),
        pytest.param("/usr/bin/yes | /usr/bin/head -c 5000000 >&2; exit 1", "^y$", id="floods the errors"),
        pytest.param("echo '{\"content\": 9}'; printf 1234", "ended with status", id="half a picture"),
        pytest.param(
            "echo '{\"content\": 99999999}'; exec /usr/bin/yes", "ended with status", id="too large a picture"
        ),
    ],
)
async def test_a_process_that_fails_costs_its_own_question_only(instead: Install, script: str, why: str) -> None:
    pids = instead(script)
    with pytest.raises(PaperLost, match=why):
        await aside.picture(STANDARD, 1, 100, deadline=1)
    assert not still_there(pids)


@pytest.mark.parametrize("ending", ["late", "cancelled"])
async def test_a_pdf_that_was_not_finished_leaves_nothing(tmp_path: Path, instead: Install, ending: str) -> None:
    pdf = tmp_path / "out" / "fax.pdf"
    pdf.parent.mkdir()
    os.mkfifo(tmp_path / "begun")
    pids = instead(f"echo half > {draft_of(pdf)}; echo > {tmp_path}/begun; exec /bin/sleep 60")
    making = asyncio.create_task(aside.make_pdf(STANDARD, pdf, deadline=1 if ending == "late" else 60))
    await asyncio.to_thread((tmp_path / "begun").read_text)  # returns once the process is there
    if ending == "cancelled":
        making.cancel()
    with pytest.raises((PaperLost, asyncio.CancelledError)):
        await making
    assert not list(pdf.parent.iterdir())
    assert not still_there(pids)


def measured(job: Mapping[str, object], before: str = "") -> tuple[dict[str, object], int, float]:
    """Have the real worker do a job; returns what it said, the kilobytes it held at most, and its processor seconds."""
    # What wait4 tells of memory is the parent's, when that had more before it forked.
    script = f"""
import resource, sys
{before}
from fax.paper import worker
worker.main()
used = resource.getrusage(resource.RUSAGE_SELF)
sys.stderr.write(open("/proc/self/status").read() + f"\\nseconds: {{used.ru_utime + used.ru_stime}}")
"""
    command = [sys.executable, "-W", "ignore", "-c", script]
    line = json.dumps({"limits": {}, **job}).encode() + b"\n"
    done = subprocess.run(command, input=line, capture_output=True, timeout=100, check=True)
    status = done.stderr.decode()
    (most,), (seconds,) = re.findall(r"VmHWM:\s+(\d+) kB", status), re.findall(r"seconds: ([\d.]+)", status)
    return json.loads(done.stdout.splitlines()[0]), int(most), float(seconds)


WHITE = b"\xff" * 3_750  # to G4, a one is a row like the one before
NOISE = np.random.default_rng(7).bytes(12_000_000)


@pytest.mark.parametrize(
    ("content", "said", "most_mb", "most_seconds"),
    [
        pytest.param(one_page(65_535, 65_535), "TooLarge", 40, 1, id="a page of four thousand million dots"),
        pytest.param(one_page(3_500, 30_001), "TooLarge", 40, 1, id="a page one row too long"),
        pytest.param(chain(10_000), "TooManyPages", 40, 1, id="10,000 pages"),
        pytest.param(chain(3, back_to=1), "3 pages, partial", 90, 2, id="directories in a circle"),
        pytest.param(head(8) + b"\xff" * 1_000_000, "NotAFax", 40, 1, id="a directory of garbage"),
        pytest.param(
            one_page(3_500, 30_000, WHITE, {259: (3, [4])}), "1 pages", 450, 10, id="the largest page, from nothing"
        ),
        pytest.param(
            one_page(3_500, 30_000, NOISE[:3_000_000], {259: (3, [3])}),
            "1 pages",
            450,
            20,
            id="the largest page, of noise",
        ),
        pytest.param(
            one_page(3_500, 30_000, NOISE),
            "1 pages, partial",
            600,
            30,
            id="noise that ends too early",
        ),
    ],
)
def test_bombs_cost_little(tmp_path: Path, content: bytes, said: str, most_mb: int, most_seconds: float) -> None:
    (tmp_path / "fax.tif").write_bytes(content)
    answer, kilobytes, seconds = measured(
        {"do": "make_pdf", "tiff": str(tmp_path / "fax.tif"), "pdf": str(tmp_path / "fax.pdf")}
    )
    made = answer.get("made")
    if isinstance(made, dict):
        assert f"{made['pages']} pages{', partial' * made['partial']}" == said
    else:
        assert answer["refused"] == said
    assert kilobytes < most_mb * 1_000
    assert seconds < most_seconds
    print(f"{kilobytes / 1000:.0f} MB, {seconds:.2f} s")


def test_the_largest_page_can_be_drawn(tmp_path: Path) -> None:
    (tmp_path / "fax.tif").write_bytes(one_page(3_500, 30_000, NOISE[:3_000_000], {259: (3, [3])}))
    job = {"do": "picture", "tiff": str(tmp_path / "fax.tif"), "page": 1, "width": 4_000}
    answer, kilobytes, seconds = measured(job)
    assert isinstance(answer["content"], int) and 0 < answer["content"] < 32 << 20
    assert kilobytes < 700_000
    assert seconds < 30


def test_a_disk_that_is_full_is_told_and_keeps_nothing(tmp_path: Path) -> None:
    job = {"do": "make_pdf", "tiff": str(STANDARD), "pdf": str(tmp_path / "fax.pdf")}
    answer, _, _ = measured(job, "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))")
    assert answer == {"refused": "PdfNotWritten", "why": "the PDF cannot be written: file too large", "content": 0}
    assert not list(tmp_path.iterdir())


def test_memory_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "fax.tif").write_bytes(one_page(3_500, 30_000, WHITE, {259: (3, [4])}))
    job = {"do": "make_pdf", "tiff": str(tmp_path / "fax.tif"), "pdf": str(tmp_path / "fax.pdf")}
    answer, _, _ = measured(job, "resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20))")
    assert answer["refused"] == "TooLarge"
    assert not list(tmp_path.glob("*.pdf"))


async def test_two_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    files: Sequence[Path] = ALL_RECEIVED[:2]
    made = await asyncio.gather(*(aside.make_pdf(file, tmp_path / f"{file.stem}.pdf") for file in files))
    assert [one.pages for one in made] == [2, 2]
    assert all(same(file, tmp_path / f"{file.stem}.pdf") for file in files)
