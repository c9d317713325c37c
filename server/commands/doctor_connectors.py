"""What `doctor` says of connectors: whether anything has waited for too long, or failed."""

from __future__ import annotations

from pathlib import Path

from config.schema import Site
from crm_bridge.connectors import health
from crm_bridge.connectors.model import ReceiverState
from crm_bridge.web.connectors_words import advice, counted
from ledger.clock import SystemClock
from ledger.database import Database
from ledger.errors import LedgerError
from ledger.journal_reads import JournalReads
from pbx.doctor import Check
from server.data_folder import DATABASE

NAME = "connectors"


async def examine(site: Site, data: Path) -> list[Check]:
    """Look into the ledger; nothing is said where the site names no connector, or the ledger cannot be read."""
    if not site.connectors:
        return []
    try:
        async with await Database.open(site.database or data / DATABASE, migrate=False) as database:
            states = await health.states(database, JournalReads(database), site.connectors)
    except LedgerError:  # which `doctor` says by itself
        return []
    now = SystemClock().now()
    overdue = [state for state in states if state.is_overdue(now)]
    failed = [state for state in states if state.failed]
    if overdue:
        said = "; ".join(f"{counted(one.waiting)} {_wait(one)} for {one.name}, {one.last_error}" for one in overdue)
        return [Check(NAME, False, f"for too long: {said}", advice(overdue[0].last_error) or "see the page Connectors")]
    if failed:
        said = ", ".join(f"{counted(one.failed)} of {one.name}" for one in failed)
        return [Check(NAME, None, f"failed: {said}", "see the page Connectors, or ./switchroom connectors list")]
    return [Check(NAME, True, f"{len(site.connectors)} in the site, nothing has waited for too long")]


def _wait(state: ReceiverState) -> str:
    return "waits" if state.waiting == 1 else "wait"
