"""Working on a document from the event loop: the real process, and processes that hang, die and lie in its place."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from fax.documents.aside import prepare, report
from fax.documents.errors import DocumentLost, Locked, NoPages, NotSendable, TooLarge
from fax.documents.model import Cover, Limits, Prepared, Resolution
from fax.documents.report import draw
from tests.fax.documents.papers import (
    deflated,
    full_page,
    one_page_pdf,
    pdf,
    raw_pdf,
    read_fax,
    stream,
)
from tests.fax.documents.test_bad_documents import CATALOGUE, LOCKED
from tests.fax.documents.test_report import REPORT

Install = Callable[[str], Path]
COVER = Cover("Acme UAB", "Jonas \ud83d", "+370 5 200 0000", "Ольга", "Sąskaita", "2026-11-22 14:05", "Labas\n" * 3)


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


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def document(folder: Path, content: bytes) -> Path:
    path = folder / "document"
    path.write_bytes(content)
    return path


async def send(folder: Path, content: bytes, limits: Limits | None = None) -> Prepared:
    """Prepare a document into a folder of its own, where nothing else must be left."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    try:
        return await prepare(document(folder, content), out / "fax.tif", resolution=Resolution.FINE, limits=limits)
    finally:
        assert names_in(out) in ([], ["fax.tif"])


@pytest.mark.parametrize("resolution", Resolution)
async def test_a_document_becomes_a_fax_with_its_cover(tmp_path: Path, resolution: Resolution) -> None:
    into = tmp_path / "fax.tif"
    made = await prepare(document(tmp_path, pdf(full_page, full_page)), into, resolution=resolution, cover=COVER)
    assert made == Prepared(3, resolution, into.stat().st_size)
    assert len(read_fax(into, resolution)) == 3


async def test_a_name_that_is_no_text_does(tmp_path: Path) -> None:
    path = Path(os.fsdecode(bytes(tmp_path / "f") + b"\xff\n.pdf"))
    document(tmp_path, pdf(full_page)).rename(path)
    assert (await prepare(path, tmp_path / "fax.tif", resolution=Resolution.STANDARD)).pages == 1


async def test_a_report_comes_whole_and_is_the_same(tmp_path: Path) -> None:
    assert await report(REPORT) == draw(REPORT)
    assert await report(replace(REPORT, attempts=REPORT.attempts * 100, picture=b""))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(LOCKED, Locked, id="locked"),
        pytest.param(raw_pdf(CATALOGUE, b"<< /Type /Pages /Kids [] /Count 0 >>"), NoPages, id="no pages"),
        pytest.param(b"", NoPages, id="empty"),
    ],
)
async def test_what_cannot_be_sent_is_said(tmp_path: Path, content: bytes, error: type[NotSendable]) -> None:
    with pytest.raises(error, match=r"^[A-Z].*\.$"):
        await send(tmp_path, content)
    assert not (tmp_path / "out" / "fax.tif").exists()


async def test_what_is_there_stays_when_the_new_one_fails(tmp_path: Path) -> None:
    into = tmp_path / "fax.tif"
    into.write_bytes(b"the old one")
    with pytest.raises(Locked):
        await prepare(document(tmp_path, LOCKED), into, resolution=Resolution.FINE)
    assert into.read_bytes() == b"the old one"


async def test_a_name_that_cannot_be_had_is_the_callers_trouble(tmp_path: Path) -> None:
    (tmp_path / "fax.tif").mkdir()
    with pytest.raises(OSError) as failed:
        await prepare(document(tmp_path, pdf(full_page)), tmp_path / "fax.tif", resolution=Resolution.FINE)
    assert failed.value.errno == errno.EISDIR
    assert names_in(tmp_path) == ["document", "fax.tif"]


def nested_forms(depth: int) -> bytes:
    """Return a page of forms, each of which draws the next a thousand times."""
    forms = [
        stream(
            b"/F Do " * 1_000,
            b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /F %d 0 R >> >>" % number,
        )
        for number in range(6, 6 + depth)
    ]
    last = stream(b"0 0 500 500 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 595 842]")
    page = b"/MediaBox [0 0 595 842] /Resources << /XObject << /F 5 0 R >> >>"
    return one_page_pdf(stream(b"/F Do " * 1_000), *forms, last, page=page)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            one_page_pdf(stream(deflated(b" ", 2 << 30), b"/Filter /FlateDecode")), id="two gigabytes of content"
        ),
        pytest.param(nested_forms(7), id="forms in forms in forms"),
    ],
)
async def test_a_bomb_goes_off_in_its_own_process_only(tmp_path: Path, content: bytes) -> None:
    assert len(content) < 3_000_000
    with pytest.raises(TooLarge, match="than a document may"):
        await send(tmp_path, content, Limits(seconds=30))


def worker_s_end(folder: Path, content: bytes, limits: Limits) -> int:
    """Have the process itself work on a document, without anybody who waits; returns its status."""
    job = {
        **{"do": "prepare", "path": str(document(folder, content)), "into": str(folder / "fax.tif")},
        **{"resolution": "fine", "cover": None, "limits": asdict(limits)},
    }
    command = [sys.executable, "-W", "ignore", "-m", "fax.documents.worker"]
    return subprocess.run(command, input=json.dumps(job).encode() + b"\n", capture_output=True, timeout=100).returncode


def test_the_processor_s_time_is_bounded(tmp_path: Path) -> None:
    strokes = b"0 0 m " + b" ".join(b"%d %d l" % (number % 595, number * 7 % 842) for number in range(60_000)) + b" s"
    page = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox [0 0 595 842] >>"
    pages = b"<< /Type /Pages /Kids [%b] /Count 200 >>" % b" ".join([b"3 0 R"] * 200)
    assert (
        worker_s_end(tmp_path, raw_pdf(CATALOGUE, pages, page, stream(strokes)), Limits(seconds=2)) == -signal.SIGXCPU
    )


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
        pytest.param(
            'read job; echo \'{"refused": "Nobody", "why": ""}\'', "no worker of ours", id="an unknown refusal"
        ),
        pytest.param("printf '{\"pages\": '", "ended with status", id="half a line"),
        pytest.param("exec /bin/cat /dev/zero", "ended with status", id="a line without end"),
        pytest.param("/usr/bin/yes | /usr/bin/head -c 5000000 >&2; exit 1", "^y$", id="floods the errors"),
        pytest.param("echo '{\"content\": 9}'; printf 1234", "ended with status", id="half a report"),
        pytest.param("echo '{\"content\": 5000001}'; exec /usr/bin/yes", "ended with status", id="too large a report"),
    ],
)
async def test_a_process_that_fails_costs_its_own_document_only(instead: Install, script: str, why: str) -> None:
    pids = instead(script)
    with pytest.raises(DocumentLost, match=why):
        await report(REPORT, seconds=1)
    assert not still_there(pids)


@pytest.mark.parametrize(
    ("signal_name", "why"),
    [
        pytest.param("XCPU", "takes longer to draw", id="the processor's time"),
        pytest.param("ABRT", "takes more memory to draw", id="pdfium gets no memory"),
    ],
)
async def test_a_process_that_runs_into_a_limit_speaks_to_the_sender(
    tmp_path: Path, instead: Install, signal_name: str, why: str
) -> None:
    instead(f"kill -{signal_name} $$")
    with pytest.raises(TooLarge, match=why):
        await send(tmp_path, pdf(full_page))


async def test_a_process_that_dies_leaves_no_half_a_fax(tmp_path: Path, instead: Install) -> None:
    """The script writes where it is told to, as the worker does, and dies."""
    find = r"""sed 's/.*"into": "\([^"]*\)".*/\1/'"""
    pids = instead(
        f"""read -r job; into=$(echo "$job" | {find})
echo "$into" > {tmp_path}/into; echo half > "$into"; kill -9 $$"""
    )
    with pytest.raises(DocumentLost, match="ended with status -9"):
        await send(tmp_path, pdf(full_page))
    assert (tmp_path / "into").read_text().startswith(f"{tmp_path}/out/.fax.tif.")
    assert not names_in(tmp_path / "out")
    assert not still_there(pids)


async def test_cancelling_leaves_no_process_and_no_file(tmp_path: Path, instead: Install) -> None:
    os.mkfifo(tmp_path / "begun")
    pids = instead(f"echo > {tmp_path}/begun; exec /bin/sleep 60")
    preparing = asyncio.create_task(send(tmp_path, pdf(full_page)))
    await asyncio.to_thread((tmp_path / "begun").read_text)  # returns once the process is there
    preparing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await preparing
    assert not still_there(pids)


async def test_the_loop_runs_on(tmp_path: Path) -> None:
    longest, last = 0.0, asyncio.get_running_loop().time()
    preparing = asyncio.create_task(send(tmp_path, pdf(*[full_page] * 10)))
    while not preparing.done():
        await asyncio.sleep(0.002)
        now = asyncio.get_running_loop().time()
        longest, last = max(longest, now - last), now
    await preparing
    assert longest < 0.2, "starting a process takes some milliseconds, and the machine may be busy"


async def test_two_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, second = await asyncio.gather(
        send(tmp_path / "a", pdf(full_page)), send(tmp_path / "b", pdf(full_page, full_page))
    )
    assert (first.pages, second.pages) == (1, 2)


@pytest.mark.parametrize(
    ("pages", "size"),
    [pytest.param(100, (210.0, 297.0), id="100 pages"), pytest.param(1, (215.0, 1_000.0), id="a metre")],
)
def test_a_long_fax_fits_into_little_memory(tmp_path: Path, pages: int, size: tuple[float, float]) -> None:
    path = document(tmp_path, pdf(*[full_page] * pages, size_mm=size))
    job = {
        "do": "prepare",
        "path": str(path),
        "into": str(tmp_path / "fax.tif"),
        "resolution": "superfine" if pages == 1 else "standard",
        "cover": None,
        "limits": asdict(Limits()),
    }
    # What wait4 tells of memory is the parent's, when that had more before it forked.
    script = """
import sys
from fax.documents import worker
worker.main()
sys.stderr.write(open("/proc/self/status").read())
"""
    command = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command, input=json.dumps(job) + "\n", capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout)["pages"] == pages
    (most,) = re.findall(r"VmHWM:\s+(\d+) kB", done.stderr)
    assert int(most) < 400_000
