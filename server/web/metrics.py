"""The figures for a monitoring system, in Prometheus' format; a registry of our own, nothing global.

Owns names of metrics. Figures that a part keeps itself are read when somebody asks.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

import prometheus_client as prometheus
from aiohttp import web
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from callrouter import events as ev
from callrouter.agents import AgentState
from callrouter.calls import Call, CallState
from callrouter.closures import Extent
from callrouter.events import Event, Outcome
from ivr.agi.server import Refusal
from server.web.connector_metrics import ConnectorFigures
from server.web.fax_metrics import FaxFigures
from server.web.live import Live
from server.web.parts import Parts
from server.web.route import Answer, Operation, Route
from server.web.visit import Visit
from server.web.voicemail_metrics import VoicemailFigures

_OUTCOMES = frozenset(outcome.value for outcome in Outcome)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """Counts calls and requests, and serves /metrics."""

    def __init__(self, parts: Parts, live: Live) -> None:
        self.registry = prometheus.CollectorRegistry()
        self._offered = prometheus.Counter("switchroom_calls_offered", "Calls that came in.", registry=self.registry)
        self._ended = prometheus.Counter(
            "switchroom_calls_ended", "Calls that ended, by outcome.", ["outcome"], registry=self.registry
        )
        self._requests = prometheus.Counter(
            "switchroom_http_requests", "HTTP requests.", ["method", "route", "status"], registry=self.registry
        )
        self._missed = prometheus.Counter(
            "switchroom_dispositions_missed",
            "Calls whose required disposition was not said before the longest wrap-up was over.",
            registry=self.registry,
        )
        for outcome in Outcome:  # a figure that is there from the start can be compared with later
            self._ended.labels(outcome.value)
        self.registry.register(_Parts(parts, live))
        self._voicemail = VoicemailFigures(parts)
        self.registry.register(self._voicemail)
        self._fax = FaxFigures(parts)
        self.registry.register(self._fax)
        self._connectors = ConnectorFigures(parts)
        self.registry.register(self._connectors)
        parts.chronicle.watch(self._hear)

    def routes(self) -> tuple[Route, ...]:
        text = Answer(
            "the figures in Prometheus' format",
            content_type="text/plain",
            example="switchroom_calls_offered_total 1204.0\n",
        )
        return (
            Route(
                "GET",
                "/metrics",
                self.show,
                role=None,
                operation=Operation(
                    "showMetrics", "Figures for a monitoring system; none of them personal", {200: text}
                ),
            ),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Answer with every figure."""
        await asyncio.gather(self._voicemail.look(), self._fax.look(), self._connectors.look())
        text = prometheus.generate_latest(self.registry)
        return web.Response(body=text, headers={"Content-Type": prometheus.CONTENT_TYPE_LATEST})

    def count_request(self, method: str, route: str, status: int) -> None:
        """Count an answered request; `route` is the pattern, never the path that was asked for."""
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()

    def _hear(self, event: Event, _call: Call | None) -> None:
        match event:
            case ev.CallOffered():
                self._offered.inc()
            case ev.CallEnded(outcome=outcome):
                self._ended.labels(outcome if outcome in _OUTCOMES else "other").inc()
            case ev.DispositionMissed():
                self._missed.inc()
            case _:
                pass


class _Parts(Collector):
    """Reads the parts whenever the registry is asked."""

    def __init__(self, parts: Parts, live: Live) -> None:
        self._parts = parts
        self._live = live

    def collect(self) -> Iterable[Metric]:
        parts = self._parts
        states = Counter(call.state for call in parts.chronicle.calls.values())
        yield _gauges(
            "switchroom_calls_live", "Calls going on, by state.", "state",
            {state.value: states[state] for state in CallState if state is not CallState.ENDED},
        )  # fmt: skip
        yield _gauges(
            "switchroom_callers_waiting", "Callers in line, by department.", "department",
            {name: parts.room.size(name) for name in parts.site().departments},
        )  # fmt: skip
        agents = Counter(agent.state for agent in parts.roster.agents.values())
        yield _gauges(
            "switchroom_agents", "Agents, by state.", "state", {state.value: agents[state] for state in AgentState}
        )
        yield GaugeMetricFamily(
            "switchroom_asterisk_up", "1 while what Asterisk tells is heard.", float(parts.pbx_reachable())
        )
        if parts.studio is not None and (live := parts.studio.live) is not None:
            yield GaugeMetricFamily(
                "switchroom_site_publication", "The number of the publication that is served.",
                live.served.publication.number,
            )  # fmt: skip
            yield GaugeMetricFamily(
                "switchroom_site_newest_served", "0 while something newer was published and cannot be served.",
                float(not live.trouble),
            )  # fmt: skip
        if parts.closures is not None:
            closed = Counter(closure.scope.extent for closure in parts.closures.closures.now())
            yield _gauges(
                "switchroom_closures", "Doors closed by hand, by how much is closed.", "extent",
                {extent.value: closed[extent] for extent in Extent},
            )  # fmt: skip
        yield _counter("switchroom_events_odd", "Events that did not fit their call.", parts.chronicle.odd)
        yield from self._agi()
        yield from self._journal()
        yield GaugeMetricFamily("switchroom_pages_listening", "Open event streams.", len(self._live.feed))
        yield _counter(
            "switchroom_pages_too_slow", "Times a page read too slowly and began anew.", self._live.feed.dropped
        )

    def _agi(self) -> Iterable[Metric]:
        agi, counters = self._parts.agi, self._parts.agi.counters
        yield GaugeMetricFamily("switchroom_agi_sessions", "AGI sessions running now.", agi.sessions)
        yield _counter("switchroom_agi_accepted", "AGI sessions let in.", counters.accepted)
        yield _counter("switchroom_agi_failed", "AGI sessions that our own fault ended.", counters.failed)
        refused = CounterMetricFamily(
            "switchroom_agi_refused", "AGI connections turned away, by reason.", labels=["reason"]
        )
        for reason in Refusal:
            refused.add_metric([reason.value], counters.refused[reason])
        yield refused

    def _journal(self) -> Iterable[Metric]:
        counters = self._parts.journal.counters
        yield _counter("switchroom_journal_appended", "Journal entries taken.", counters.appended)
        yield _counter("switchroom_journal_committed", "Journal entries in the database.", counters.committed)
        yield _counter(
            "switchroom_journal_not_stored", "Journal entries that are on no disk.",
            counters.not_stored + self._parts.chronicle.not_stored,
        )  # fmt: skip
        yield GaugeMetricFamily(
            "switchroom_journal_lag_seconds", "Age of the oldest entry not on disk yet.", counters.lag_seconds
        )
        yield GaugeMetricFamily(
            "switchroom_journal_on_emergency_files", "1 while the database takes nothing.",
            float(counters.on_emergency_files),
        )  # fmt: skip


def _gauges(name: str, help: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, help, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _counter(name: str, help: str, value: float) -> Metric:
    return CounterMetricFamily(name, help, value)
