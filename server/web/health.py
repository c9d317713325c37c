"""What a supervisor of processes asks: does it live, can it serve."""

from __future__ import annotations

from aiohttp import web

from ledger.errors import LedgerError
from server.web.api_examples import READY
from server.web.api_model import Alive, Check, Readiness
from server.web.parts import Parts
from server.web.route import Answer, Operation, Route
from server.web.visit import Visit

#: Seconds the database has for a sign of life.
PING = 2.0


class Health:
    """Serves /healthz and /readyz."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> tuple[Route, ...]:
        alive = Answer("the process runs", Alive, {"status": "alive", "version": "0.1.0", "site": "3f9c2ab417d0"})
        ready = Answer("calls are served", Readiness, {**READY, "ready": True})
        not_ready = Answer("something is missing; the checks say what", Readiness, READY)
        return (
            Route(
                "GET", "/healthz", self.alive, role=None, operation=Operation("isAlive", "Does it live?", {200: alive})
            ),
            Route(
                "GET",
                "/readyz",
                self.ready,
                role=None,
                operation=Operation("isReady", "Can it serve calls?", {200: ready, 503: not_ready}),
            ),
        )

    async def alive(self, visit: Visit) -> web.StreamResponse:
        """Answer as long as the event loop turns."""
        return visit.answer(Alive(status="alive", version=self._parts.version, site=self._parts.site().version))

    async def ready(self, visit: Visit) -> web.StreamResponse:
        """Answer 200 when calls are served and kept as they should be, else 503."""
        checks = {
            "database": await self._database(),
            "asterisk": _check(self._parts.pbx_reachable(), "answers", "out of reach"),
            "calls": _check(self._parts.agi.accepting, "are let in", "are not let in"),
            "journal": _check(
                not self._parts.journal.counters.on_emergency_files,
                "stores in the database",
                "writes emergency files, since the database takes nothing",
            ),
        }
        ready = all(check.ok for check in checks.values())
        return visit.answer(Readiness(ready=ready, checks=checks), status=200 if ready else 503)

    async def _database(self) -> Check:
        try:
            await self._parts.database.ping(PING)
        except LedgerError:
            return Check(ok=False, detail="does not answer")
        return Check(ok=True, detail="answers")


def _check(ok: bool, good: str, bad: str) -> Check:
    return Check(ok=ok, detail=good if ok else bad)
