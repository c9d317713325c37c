"""Where faxes go in the tests of the call router: a shelf in memory, beside a real drop folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from callrouter.faxes import LeftFax
from ledger.spool import Spool


@dataclass
class FaxShelf:
    """Keeps faxes. `fails` is raised instead of keeping one."""

    drop: Path
    kept: dict[str, LeftFax] = field(default_factory=dict)
    #: The bytes that lay there when it was kept.
    bytes_of: dict[str, bytes] = field(default_factory=dict)
    fails: Exception | None = None
    #: What was told of those that come in: (call, box, number, did), and the calls of those that have ended.
    begun: list[tuple[str, str, str, str]] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    _placed: int = 0

    def place(self) -> Path:
        self._placed += 1
        return self.drop / f"taking-us-{self._placed}.tif"

    def began(self, call: str, box: str, number: str, did: str, path: Path) -> None:
        self.begun.append((call, box, number, did))

    def ended(self, call: str) -> None:
        self.over.append(call)

    async def keep(self, fax: LeftFax) -> str:
        if self.fails is not None:
            raise self.fails
        id_ = Spool.name_for(f"{fax.call} {fax.path.name}")
        self.kept[id_] = fax
        self.bytes_of[id_] = fax.path.read_bytes() if fax.fax.pages else b""
        return id_

    async def done(self, fax: LeftFax) -> None:
        fax.path.unlink(missing_ok=True)
