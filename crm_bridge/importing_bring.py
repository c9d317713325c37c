"""The port to whatever takes a file in, from behind the rows that are on disk to its end; and doing so right here.

Beside calls a process of its own does it, in `importing_aside`: nothing of an import is worked out where calls are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from crm_bridge.exchange.aside import Reader
from crm_bridge.exchange.bring_in import bring_in
from crm_bridge.exchange.limits import Limits
from crm_bridge.importing_model import Import
from crm_bridge.importing_taking import Taking
from crm_bridge.writing import Cabinet


class Interrupted(Exception):
    """What is on disk stays, and the rest can be taken in later; the text says what it waits for."""


class Bring(Protocol):
    """Takes files in."""

    async def __call__(self, cabinet: Cabinet, one: Import, path: Path, limits: Limits) -> None:
        """Take in the rows behind the import's mark.

        Raises Stopped when it was cancelled meanwhile, ExchangeError, LedgerError, TimeoutError and Interrupted.
        """
        ...


def here(reader: Reader) -> Bring:
    """Return what takes files in within this process, read by `reader`."""

    async def bring(cabinet: Cabinet, one: Import, path: Path, limits: Limits) -> None:
        assert one.plan is not None, "nothing begins without its plan"
        await bring_in(path, one.plan, Taking(cabinet, one), after=one.mark, limits=limits, reader=reader)

    return bring
