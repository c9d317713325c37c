"""The making of a report that is issued, in a process of its own: calls never wait for it, and it can be ended.

Owns how long it may take and how large it may be. The process is `reports.issued_worker`.
"""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from ledger.process import end, ending, last_words, start
from reports.asking import Ask
from reports.issued import Order, Step, Summary

#: Seconds of the longest report, and bytes that its file may have.
SECONDS = 1800.0
LARGEST = 50_000_000
_WORKER = "reports.issued_worker"

#: Is told the step, and the share of the whole that is done.
Tell = Callable[[Step, float], Awaitable[None]]
#: Makes a question of an order, with the names of the site as they are now.
AskFor = Callable[[Order], Ask]


class NotMade(Exception):
    """The report could not be made; `why` is a clause for people. It may help to try again, unless it is `final`."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.why, self.final = why, final


class Maker(Protocol):
    """Makes a report and its file."""

    async def make(self, order: Order, paper: Path, document: Path, tell: Tell) -> Summary:
        """Write the file and the packed document to these paths. Raises NotMade, OSError."""


@dataclass(frozen=True)
class Apart:
    """Makes reports in a process of its own each, which reads the database at `url`; `pages` is where ours are."""

    url: str
    ask_for: AskFor
    pages: Callable[[], str] = lambda: ""
    seconds: float = SECONDS

    async def make(self, order: Order, paper: Path, document: Path, tell: Tell) -> Summary:
        """Write the file and the packed document to these paths. Raises NotMade. Cancelled, it ends the process."""
        work = {
            "url": self.url,
            "report": order.report,
            "ask": replace(self.ask_for(order), definition=order.definition, issued=order.issued),
            "form": order.form,
            "pages": self.pages(),
            "paper": str(paper),
            "document": str(document),
        }
        packed = await asyncio.to_thread(pickle.dumps, work)
        process = await start(_WORKER)
        try:
            async with asyncio.timeout(self.seconds), asyncio.TaskGroup() as group:
                words = group.create_task(last_words(process))
                answer = group.create_task(_answer(process, packed, tell))
        except TimeoutError:
            raise NotMade(f"it took longer than {self.seconds / 60:g} minutes: ask for less time", final=True) from None
        finally:
            await end(process)
        said = answer.result()
        if "summary" in said:
            return Summary.of(said["summary"])
        if "full" in said:
            raise OSError(said["full"], "no room for the report")
        if "why" in said:
            raise NotMade(str(said["why"]), final=bool(said.get("final")))
        raise NotMade(f"its process ended: {words.result()[:200] or ending(process.returncode)}")


async def _answer(process: asyncio.subprocess.Process, packed: bytes, tell: Tell) -> dict[str, Any]:  # Any: JSON
    """Send the work and read how far it is, until the last line; nothing when the process ended before."""
    requests, answers = process.stdin, process.stdout
    assert requests is not None and answers is not None
    try:
        requests.write(json.dumps({"length": len(packed)}).encode() + b"\n" + packed)
        await requests.drain()
        while line := await answers.readline():
            said = json.loads(line)
            if "step" not in said:
                return dict(said)
            await tell(Step(said["step"]), float(said["done"]))
    except (BrokenPipeError, ConnectionResetError, ValueError):  # it is gone, or half a line, or none of ours
        pass
    return {}
