"""The connectors in figures, for the monitoring system; counted in the database just before they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from crm_bridge.connectors.model import BreakerState, ReceiverState
from ledger.errors import LedgerError
from server.web.parts import Parts
from server.web.voicemail_metrics import PATIENCE


class ConnectorFigures(Collector):
    """Tells what `look` found last. Names of receivers are the admin's own, and nothing personal."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._states: list[ReceiverState] = []

    async def look(self) -> None:
        """Count anew; what cannot be counted now is left out of the figures."""
        self._states = []
        if self._parts.customers is None:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                self._states = await self._parts.customers.connectors.state()
        except (LedgerError, TimeoutError):
            return

    def collect(self) -> Iterable[Metric]:
        now = self._parts.clock.now()

        def waited(state: ReceiverState) -> float:
            return 0.0 if state.oldest is None else max(0.0, (now - state.oldest).total_seconds())

        yield self._gauges("waiting", "Events that wait to be sent.", lambda state: state.waiting)
        yield self._gauges("failed", "Events that failed and wait for a person.", lambda state: state.failed)
        yield self._gauges("behind", "Journal entries not looked at yet.", lambda state: state.behind)
        yield self._gauges("oldest_seconds", "How long the oldest event has waited.", waited)
        yield self._gauges(
            "overdue", "1 while something has waited longer than the site allows.", lambda s: s.is_overdue(now)
        )
        yield self._gauges(
            "up", "1 while events are sent, 0 while the receiver is left alone.",
            lambda state: state.here and state.breaker is BreakerState.CLOSED,
        )  # fmt: skip

    def _gauges(self, name: str, means: str, of: Callable[[ReceiverState], float]) -> Metric:
        family = GaugeMetricFamily(f"switchroom_connector_{name}", means, labels=["connector"])
        for state in self._states:
            family.add_metric([state.name], float(of(state)))
        return family
