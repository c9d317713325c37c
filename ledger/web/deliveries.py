"""How deliveries stand, in words for people: on their way, accepted, overdue, refused. Pure; wording only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ledger.delivery_model import Delivery, DeliveryState
from ledger.web.times import age, exact

IsLate = Callable[[Delivery], bool]


@dataclass(frozen=True)
class Mark:
    """A short word about a state, and its tone: good, warn, bad or calm."""

    word: str
    tone: str = "calm"
    why: str = ""


@dataclass(frozen=True)
class ShownDelivery:
    """A delivery, and what its receiver said last."""

    id: str
    about: str
    channel: str
    receiver: str
    mark: Mark
    attempts: int
    reply: str
    since: str
    age: str
    refused: bool


def shown(delivery: Delivery, *, late: bool, now: datetime, zone: ZoneInfo) -> ShownDelivery:
    """Return a delivery as a page shows it."""
    return ShownDelivery(
        delivery.id,
        delivery.about,
        delivery.channel,
        delivery.receiver,
        mark_of(delivery, late=late),
        delivery.attempts,
        delivery.last_reply,
        exact(delivery.created_at, zone),
        age(delivery.created_at, now, zone),
        delivery.state is DeliveryState.REFUSED,
    )


def mark_of(delivery: Delivery, *, late: bool) -> Mark:
    """Say in a word how a delivery stands; `late` if it is under way for too long."""
    match delivery.state:
        case DeliveryState.ACCEPTED:
            return Mark("Accepted", "good")
        case DeliveryState.REFUSED:
            return Mark("Refused", "bad")
        case DeliveryState.CANCELLED:
            return Mark("Not needed any more", "calm")
        case DeliveryState.WAITING if late:
            return Mark("Overdue", "bad")
        case DeliveryState.WAITING if delivery.attempts:
            return Mark("Not accepted yet", "warn")
        case DeliveryState.WAITING:
            return Mark("On its way", "calm")


def worst(deliveries: Iterable[Delivery], is_late: IsLate) -> Delivery | None:
    """Return the one of which a list should warn: refused before overdue before tried in vain; None if all is well."""
    troubled = [d for d in deliveries if d.state is DeliveryState.REFUSED or is_late(d) or _was_tried(d)]
    return max(troubled, key=lambda d: (d.state is DeliveryState.REFUSED, is_late(d)), default=None)


def _was_tried(delivery: Delivery) -> bool:
    return delivery.state is DeliveryState.WAITING and delivery.attempts > 0 and bool(delivery.last_reply)
