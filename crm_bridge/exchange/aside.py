"""Owns reading a file from the event loop: each is a process of its own, with limits, killed if it hangs.

A file is somebody else's word: what it does to the process, it does to that one only. Whoever asks bounds how often.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from crm_bridge.exchange.errors import BY_NAME, ReaderLost
from crm_bridge.exchange.limits import LIMITS, Limits
from crm_bridge.exchange.pieces import Pieces, answers
from crm_bridge.exchange.plan import Plan, Wishes
from crm_bridge.exchange.rows import Batch, Mark, Preview
from crm_bridge.exchange.wire import Said, unpack_batch, unpack_preview, unpack_ready
from ledger.process import Line, ProcessLost, ask

_WORKER = "crm_bridge.exchange.worker"
LOOK_DEADLINE = 60.0
#: Without a word from the process: a file of the largest size that holds a single row takes a tenth of it.
PATIENCE = 60.0
_MOST_CONTENT = 8 << 20
_NO_WISHES, _BEGINNING = Wishes(), Mark()


@dataclass(frozen=True)
class Preparing:
    """What the receiver does with each row in the process that reads.

    There a function of JSON is called, `making` of a module, given some values; `take` reads here what it made.
    """

    by: str
    values: Line
    take: Callable[[Said], object]


class Reader(Protocol):
    """Reads files: this module does, and whoever reads in the same process, as tests do."""

    async def look(
        self, path: Path, country: str, *, own: Collection[str], wishes: Wishes, limits: Limits
    ) -> Preview: ...

    def reading(
        self, path: Path, plan: Plan, *, after: Mark, limits: Limits
    ) -> AbstractAsyncContextManager[AsyncIterator[Batch]]: ...


async def look(
    path: Path,
    country: str,
    *,
    own: Collection[str] = (),
    wishes: Wishes = _NO_WISHES,
    limits: Limits = LIMITS,
    deadline: float = LOOK_DEADLINE,
) -> Preview:
    """Return how a file would be read, and its first 20 rows as they would be.

    `country` is where numbers without a prefix are from, `own` the names of the fields that the site defined. Raises
    NotReadable, TooLarge, ReaderLost.
    """
    job: Line = {
        "do": "look",
        "path": str(path),
        "country": country,
        "own": list(own),
        "wishes": asdict(wishes),
        "limits": asdict(limits),
    }
    try:
        said, content = await ask(_WORKER, job, most_content=_MOST_CONTENT, deadline=deadline)
    except ProcessLost as lost:
        raise ReaderLost(lost.why) from lost
    _refuse(said)
    return unpack_preview(content)


@asynccontextmanager
async def reading(
    path: Path,
    plan: Plan,
    *,
    after: Mark = _BEGINNING,
    limits: Limits = LIMITS,
    patience: float = PATIENCE,
    preparing: Preparing | None = None,
) -> AsyncGenerator[AsyncIterator[Batch]]:
    """Read a file by a plan, `after` some rows: the batches come as they are asked for.

    Leaves no process behind, also when cancelled.

    Reading on raises FileChanged, NotReadable, TooLarge, ReaderLost.
    """
    job: Line = {
        "do": "read",
        "path": str(path),
        "plan": plan.as_dict(),
        "limits": asdict(limits),
        "after": asdict(after),
        "prepare": {"by": preparing.by, "with": preparing.values} if preparing is not None else None,
    }
    async with (
        answers(_WORKER, job, most_content=_MOST_CONTENT, patience=patience) as pieces,
        aclosing(_batches(pieces, preparing)) as batches,
    ):
        yield batches


async def _batches(pieces: Pieces, preparing: Preparing | None) -> AsyncGenerator[Batch]:
    try:
        async for said, content in pieces:
            _refuse(said)
            if "end" in said:
                return
            yield unpack_batch(content) if preparing is None else unpack_ready(content, preparing.take)
    except ProcessLost as lost:
        raise ReaderLost(lost.why) from lost


def _refuse(said: Line) -> None:
    if "refused" in said:
        raise BY_NAME[said["refused"]](said["why"])
