"""The inbox in figures, for the monitoring system: what waits for people, and what waits for a mail server.

They are counted in the database, so they are looked up just before the registry is asked.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from config.schema import Site
from ledger.errors import LedgerError
from server.web.parts import Parts
from voicemail.model import Count

#: Seconds the database has; without it the other figures are told all the same.
PATIENCE = 2.0
#: All people's own mailboxes are one: figures hold nothing personal.
PEOPLE = "people"


class VoicemailFigures(Collector):
    """Tells what `look` found last."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._counts: dict[str, Count] | None = None
        self._deliveries: dict[str, int] = {}

    async def look(self) -> None:
        """Count anew; what cannot be counted now is left out of the figures."""
        if self._parts.voicemail is None or self._parts.deliveries is None:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                counts = await self._parts.voicemail.count()
                self._deliveries = await self._parts.deliveries.count_open()
        except (LedgerError, TimeoutError):
            self._counts = None
        else:
            self._counts = by_mailbox(counts, self._parts.site())

    def collect(self) -> Iterable[Metric]:
        if self._counts is None:
            return
        unread = GaugeMetricFamily("switchroom_voicemail_unread", "Messages nobody has heard.", labels=["mailbox"])
        open_ = GaugeMetricFamily("switchroom_voicemail_open", "Messages nobody has handled.", labels=["mailbox"])
        for mailbox, count in self._counts.items():
            unread.add_metric([mailbox], count.unread)
            open_.add_metric([mailbox], count.open)
        yield unread
        yield open_
        deliveries = GaugeMetricFamily(
            "switchroom_deliveries", "Mails not accepted: waiting, overdue (of those), refused.", labels=["state"]
        )
        for state, number in self._deliveries.items():
            deliveries.add_metric([state], number)
        yield deliveries


def by_mailbox(counts: dict[str, Count], site: Site) -> dict[str, Count]:
    """Return the counts of every mailbox, zeros too, with those of people summed up."""
    unread, open_ = Counter[str](), Counter[str]()
    for name, count in counts.items():
        shown = PEOPLE if name in site.people else name
        unread[shown] += count.unread
        open_[shown] += count.open
    names = dict.fromkeys([*(n for n in site.mailbox_names if n not in site.people), PEOPLE, *unread])
    return {name: Count(unread[name], open_[name]) for name in names}
