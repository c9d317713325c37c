"""The items of boxes as one person may see them: every look-up of the pages and the API passes the rights here.

Somebody else's item is no different from one that never was. Knows no HTTP and no feature's words.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Generic, Protocol, TypeVar

from ledger.clock import Clock
from ledger.deliveries import Deliveries
from ledger.delivery_model import Delivery
from ledger.items import ItemT
from ledger.items_deeds import ItemDeeds
from ledger.spool import Spool
from ledger.web.finding import Named, find_only
from ledger.web.undelivered import Undelivered, undelivered
from ledger.web.visit import Who
from ledger.web.whose import WhoseOf, nobody_tells

CountT = TypeVar("CountT")
#: The other side's number, and the number of ours in whose country it is read; '' where nobody knows that.
Caller = tuple[str, str]
#: Tells the customers' names, as far as they are known.
Names = Callable[[Collection[Caller]], Awaitable[Mapping[Caller, str]]]


class CallBack(Protocol):
    """Connects somebody of ours with who left an item."""

    async def call_back(self, person: str, number: str, about: Named) -> None:
        """Ring the person's phone, then the other's; return once that has begun. Raises NotPossible."""


class SiteOfItems(Protocol):
    """What is asked of the site about any item."""

    @property
    def people(self) -> Mapping[str, object]: ...


@dataclass(frozen=True)
class Box(Generic[CountT]):
    """A box as somebody sees it: what it is called, and what waits in it."""

    name: str
    title: str
    count: CountT


@dataclass(frozen=True)
class ItemRoom(ABC, Generic[ItemT]):
    """The parts, behind the rights. Without `call_back` nobody can be called."""

    rules: ItemDeeds[ItemT]
    deliveries: Deliveries
    spool: Spool
    site: Callable[[], SiteOfItems]
    clock: Clock
    names: Names
    call_back: CallBack | None
    whose: WhoseOf = field(default=nobody_tells, kw_only=True)

    #: What who left an item is called.
    left_by: ClassVar[str]

    @abstractmethod
    def title_of(self, box: str) -> str:
        """Return what people call a box."""

    # ---- rights

    def readable(self, who: Who) -> frozenset[str] | None:
        """Return the boxes somebody may read; None for every one."""
        return None if who.sees_all else self.rules.may_read(who.reader)

    def may_read(self, box: str, who: Who) -> bool:
        """Tell whether somebody may read what is in a box."""
        readable = self.readable(who)
        return readable is None or box in readable

    def readable_of(self, asked: frozenset[str] | None, who: Who) -> frozenset[str] | None:
        """Return those of the boxes asked for that somebody may read; None is every box."""
        readable = self.readable(who)
        if readable is None or asked is None:
            return asked if readable is None else readable
        return asked & readable

    def readers(self, box: str) -> list[str]:
        """List the people of the site who read a box."""
        return [person for person in self.site().people if box in self.rules.may_read(person)]

    # ---- looking

    def boxes_with(self, counts: Mapping[str, CountT], none: CountT, who: Who) -> list[Box[CountT]]:
        """List the boxes somebody sees: all those with items, and empty ones unless they are some person's."""
        people, mine = self.site().people, self.readable(who)
        if mine is None:
            usual = [name for name in self.rules.boxes() if name not in people or name in counts]
            names = list(dict.fromkeys([*usual, *sorted(counts)]))
        else:
            names = [name for name in self.rules.boxes() if name in mine]
        return [Box(name, self.title_of(name), counts.get(name, none)) for name in names]

    def other_boxes(self, box: str) -> list[tuple[str, str]]:
        """List the boxes something in this one may be moved to, and what they are called."""
        return [(name, self.title_of(name)) for name in self.rules.boxes() if name != box]

    async def find(self, id_: str, who: Who) -> ItemT:
        """Return an item by its id, or by a beginning that only one has; raises NoSuchItem."""
        found = await find_only(id_, self.rules.beginning, lambda item: self.may_read(item.box, who))
        if found is None:
            raise self.rules.no_such(id_[:64])
        return found

    async def has(self, id_: str) -> bool:
        """Tell whether there is such an item, whoever may see it: a list goes on after it."""
        return await self.rules.find(id_[:64].replace("\0", "")) is not None

    async def names_of(self, items: Iterable[ItemT]) -> Mapping[str, str]:
        """Return the customers' names by the items' ids."""
        callers = {item.id: (item.number, item.did) for item in items if item.number}
        names = await self.names(set(callers.values()))
        return {id_: names.get(caller, "") for id_, caller in callers.items()}

    # ---- deliveries

    async def deliveries_of(self, ids: list[str]) -> dict[str, list[Delivery]]:
        """Return what leaves the house about these items."""
        found: dict[str, list[Delivery]] = {id_: [] for id_ in ids}
        for kind in self.rules.kinds if ids else ():
            for delivery in await self.deliveries.list_about(kind, ids):
                found[delivery.about].append(delivery)
        return found

    async def undelivered(self) -> Undelivered:
        """Return what did not get through, the oldest first."""
        return await undelivered(self.deliveries, self.rules.kinds)

    async def about(self, found: Undelivered) -> list[ItemT]:
        """Return the items whose deliveries these are, but for those whose time was over."""
        ids = {delivery.about for delivery in found.all}
        return [item for id_ in ids if (item := await self.rules.find(id_)) is not None]
