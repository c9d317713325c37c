"""What did not get through, of some kinds: refused, or under way for too long."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ledger.deliveries import Deliveries
from ledger.delivery_model import Delivery, DeliveryState

#: The most deliveries in a list.
MOST = 200


@dataclass(frozen=True)
class Undelivered:
    """Deliveries that were refused, and those under way for too long; the oldest first."""

    refused: tuple[Delivery, ...] = ()
    overdue: tuple[Delivery, ...] = ()

    @property
    def all(self) -> tuple[Delivery, ...]:
        return (*self.refused, *self.overdue)


async def undelivered(deliveries: Deliveries, kinds: Collection[str]) -> Undelivered:
    """Return what of these kinds did not get through."""
    refused = await deliveries.list_in(DeliveryState.REFUSED, MOST, kinds=kinds)
    waiting = await deliveries.list_in(DeliveryState.WAITING, MOST, kinds=kinds)
    return Undelivered(tuple(refused), tuple(d for d in waiting if deliveries.is_late(d)))
