"""The office with customers and somebody who works on imports: a real server, files read in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from crm_bridge.importing import Imports
from crm_bridge.importing_model import UNDER_WAY, Import
from ledger.jobs import TOPIC
from ledger.journal_reads import JournalReads
from server.customer_room import CustomerRoom
from server.import_room import imports_of, working_on_imports
from tests.server.web.office import Office, open_office


@dataclass
class ImportOffice:
    """An office and its imports."""

    office: Office
    imports: Imports
    room: CustomerRoom

    async def over(self, id_: str) -> Import:
        """Wait until an import has ended, and return it."""
        database = self.office.parts.database
        async with asyncio.timeout(60):
            with database.wakeups.listening(TOPIC) as woken:
                while (one := await self.imports.get(id_)).state in UNDER_WAY:
                    woken.clear()
                    await woken.wait()
        return one


@asynccontextmanager
async def import_office(folder: Path) -> AsyncIterator[ImportOffice]:
    """Open the office."""
    async with open_office(folder) as office:
        await office.hire()
        parts = office.parts
        room = CustomerRoom.of(parts.site, parts.database, JournalReads(parts.database), parts.clock)
        office.parts = replace(parts, customers=room)
        async with working_on_imports(room.cabinet, folder):
            yield ImportOffice(office, imports_of(room.cabinet, folder), room)
