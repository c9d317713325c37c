"""The faxes in figures, for the monitoring system: what waits for people, and what is on its way out.

They are counted in the database, so they are looked up just before the registry is asked.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from config.schema import Site
from fax.by_mail.model import DoorState
from fax.model import Count, Direction
from ledger.errors import LedgerError
from server.web.parts import Parts
from server.web.voicemail_metrics import PATIENCE, PEOPLE


class FaxFigures(Collector):
    """Tells what `look` found last."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._counts: dict[str, Count] | None = None

    async def look(self) -> None:
        """Count anew; what cannot be counted now is left out of the figures."""
        if self._parts.faxes is None:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                counts = await self._parts.faxes.count()
        except (LedgerError, TimeoutError):
            self._counts = None
        else:
            self._counts = by_box(counts, self._parts.site())

    def collect(self) -> Iterable[Metric]:
        if self._parts.faxes is not None and (door := self._parts.faxes.by_mail()) is not None:
            yield from by_mail(door)
        if self._counts is None or self._parts.faxes is None:
            return
        unread = GaugeMetricFamily("switchroom_fax_unread", "Received faxes nobody has seen.", labels=["box"])
        open_ = GaugeMetricFamily("switchroom_fax_open", "Received faxes nobody has handled.", labels=["box"])
        way = GaugeMetricFamily("switchroom_fax_under_way", "Faxes that wait to be sent, or are.", labels=["box"])
        for box, count in self._counts.items():
            unread.add_metric([box], count.unread)
            open_.add_metric([box], count.open)
            way.add_metric([box], count.under_way)
        yield from (unread, open_, way)
        directions = Counter(progress.direction for progress in self._parts.faxes.progress())
        line = GaugeMetricFamily("switchroom_fax_on_the_line", "Faxes on the line now.", labels=["direction"])
        for direction in Direction:
            line.add_metric([direction.value], directions[direction])
        yield line


def by_mail(door: DoorState) -> Iterable[Metric]:
    """Return how orders by mail fare."""
    up = "The mailbox of faxes could be looked into the last time."
    yield GaugeMetricFamily("switchroom_fax_by_mail_up", up, value=0 if door.error else 1)
    yield GaugeMetricFamily("switchroom_fax_by_mail_held", "Mails that wait for another try.", value=door.held)
    mails = CounterMetricFamily("switchroom_fax_by_mail", "Faxes ordered by mail since the start.", labels=["result"])
    mails.add_metric(["taken"], door.faxes)
    mails.add_metric(["refused"], door.refused)
    yield mails


def by_box(counts: dict[str, Count], site: Site) -> dict[str, Count]:
    """Return the counts of every fax box, zeros too, with those of people summed up: figures hold nothing personal."""
    unread, open_, way = Counter[str](), Counter[str](), Counter[str]()
    for name, count in counts.items():
        shown = PEOPLE if name in site.people else name
        unread[shown] += count.unread
        open_[shown] += count.open
        way[shown] += count.under_way
    names = dict.fromkeys([*(PEOPLE if name in site.people else name for name in site.faxboxes), *unread])
    return {name: Count(unread[name], open_[name], way[name]) for name in names}
