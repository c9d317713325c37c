"""A house in which customers are imported: files with content, and the jobs done when a test says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crm_bridge import importing_bring
from crm_bridge.exchange.aside import Reader
from crm_bridge.exchange.limits import Limits
from crm_bridge.exchange.plan import Wishes
from crm_bridge.importing import KIND, UNDO, Imports
from crm_bridge.importing_model import LARGEST, Import, Rule
from ledger.jobs import Decision, JobState
from tests.crm_bridge.crm_house import House
from tests.crm_bridge.exchange import here

FEW = Limits(bytes=LARGEST, batch=2, together=2)
NO_WISHES = Wishes()


class ImportHouse:
    """Imports into a house."""

    def __init__(self, house: House, folder: Path, limits: Limits = FEW, reader: Reader = here) -> None:
        self.house = house
        self._folder = folder
        self.imports = Imports(house.cabinet, folder / "imports", limits, reader, importing_bring.here(reader))
        self._files = 0

    def file(self, content: str | bytes, encoding: str = "utf-8") -> Path:
        """Write a file as a person brings it."""
        self._files += 1
        path = self._folder / f"brought-{self._files}.part"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    async def draft(self, content: str | bytes, by: str = "sue") -> Import:
        """Bring a file."""
        self.house.clock.advance(1)
        return await self.imports.take(self.file(content), "customers.csv", by)

    async def run(
        self, content: str | bytes, rule: Rule = Rule.SKIP, *, wishes: Wishes = NO_WISHES, by: str = "sue"
    ) -> Import:
        """Import a file to its end."""
        draft = await self.draft(content, by)
        await self.imports.begin(draft.id, wishes, rule)
        await self.work()
        return await self.imports.get(draft.id)

    async def undo(self, id_: str, by: str = "adm") -> Import:
        """Take an import back."""
        self.house.clock.advance(1)
        await self.imports.undo(id_, by)
        await self.work()
        return await self.imports.get(id_)

    async def work(self) -> list[Decision]:
        """Do the jobs of imports that wait."""
        decided: list[Decision] = []
        for kind in (KIND, UNDO):
            for job in await self.house.jobs.list_in(JobState.WAITING, kind=kind):
                decided.append(await self.imports.handlers()[kind](job))
        return decided

    async def names(self) -> list[str]:
        """Return what all customers are called."""
        return sorted(file.details.name for file in await self.house.files.list_all(limit=5_000))

    async def refused(self, id_: str) -> Sequence[tuple[int, str]]:
        """Return the refused rows, and why."""
        return [(one.row.number, one.row.why) for one in await self.imports.told(id_)]
