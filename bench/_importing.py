"""How many rows of a file become customers each second, from its bytes to the disk, and how long calls wait meanwhile.

Owns the yardstick for `crm_bridge.importing`: one process reads and makes ready, one matches and writes, both begun
within the time that is measured.
"""

from __future__ import annotations

import asyncio
import csv
import resource
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from time import perf_counter, process_time

from crm_bridge.exchange.plan import Wishes
from crm_bridge.importing import KIND, Imports
from crm_bridge.importing_model import Rule, State
from crm_bridge.model import Details
from crm_bridge.writing import Cabinet
from ledger.jobs import Done

_TICK = 0.002


async def imported(
    cabinet: Cabinet, folder: Path, people: Iterable[tuple[Details, str]], rows: int
) -> dict[str, float]:
    """Import so many people, each with the name of an organisation or '', into the house that is there."""
    path = folder / "people.part"
    await asyncio.to_thread(_write, path, people)
    imports = Imports(cabinet, folder / "imports")
    draft = await imports.take(path, "people.csv", "bench")
    await imports.begin(draft.id, Wishes(), Rule.SKIP)
    job = await cabinet.jobs.get(f"{KIND} {draft.id}")
    late: list[float] = []
    watching = asyncio.create_task(_watch(late))
    began, here, elsewhere = perf_counter(), process_time(), _of_others()
    assert await imports.handlers()[KIND](job) == Done()
    took, here, elsewhere = perf_counter() - began, process_time() - here, _of_others() - elsewhere
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    done = await imports.get(draft.id)
    assert done.state is State.DONE and done.counts.added + done.counts.known == rows, done.counts
    late.sort()
    return {
        "import_rows_a_second": rows / took,
        # What it would be on a machine that does nothing else, were there but one processor.
        "import_rows_a_processor_second": rows / (here + elsewhere),
        "import_share_of_the_servers_process": here / took,
        "import_loop_late_p99_ms": late[int(len(late) * 0.99)] * 1000,
        "import_loop_late_worst_ms": late[-1] * 1000,
    }


def _of_others() -> float:
    """Return the seconds of the processor that processes of ours took which have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _watch(late: list[float]) -> None:
    """Measure by how much a caller's turn comes too late."""
    while True:
        began = perf_counter()
        await asyncio.sleep(_TICK)
        late.append(perf_counter() - began - _TICK)


def _write(path: Path, people: Iterable[tuple[Details, str]]) -> None:
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["Name", "Mobile", "E-mail", "Company", "Status"])
        for some, company in people:
            mails = [mail.address for mail in some.mails]
            table.writerow([some.name, some.phones[0].written, *(mails or [""]), company, some.status])
