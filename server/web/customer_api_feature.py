"""Makes the API of customers a feature of the shell: routes, scopes, and the way between both worlds.

The handlers are in `crm_bridge.web`; their words and examples are in `customer_operations`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from callrouter.calls import Call
from callrouter.events import CustomerChanged, Event
from crm_bridge.model import ChangedMeanwhile, NoSuchCustomer, NotPossible, NotValid
from crm_bridge.web import api_customers, api_interactions
from crm_bridge.web.api_attached import AttachedApi
from crm_bridge.web.api_customers import CustomerApi
from crm_bridge.web.api_interactions import InteractionApi
from crm_bridge.web.api_once import Once
from crm_bridge.web.api_once_stored import StoredOnce
from ledger.web.visit import Handler, Visit
from server.customer_room import CustomerRoom
from server.scopes import Scope
from server.web import customer_operations as described
from server.web.bearer import may
from server.web.entering import Told, entering
from server.web.parts import Parts
from server.web.route import Feature, Operation, Route

NAME = "customer-api"

#: What the rules of customers raise, as the API says it.
TOLD: Told = {
    NoSuchCustomer: (404, "there is no such customer", f"they are at {api_customers.AT}"),
    NotValid: (400, "", "nothing was written; mend it and send it again"),
    ChangedMeanwhile: (409, "", "nothing was written; get it anew, and send its version"),
    NotPossible: (409, "", "nothing was written; look at it again"),
}
_entered = partial(entering, told=TOLD)


def customer_api_feature(parts: Parts, position: Callable[[], str]) -> Feature | None:
    """Return the API as a feature; None for a server that keeps no customers."""
    del position
    if parts.customers is None:
        return None
    room, once = parts.customers, Once(parts.clock, StoredOnce(parts.database, parts.clock))
    customers = _customer_api(room, once)

    def hear(event: Event, _call: Call | None) -> None:
        if isinstance(event, CustomerChanged) and event.change == "erased":
            once.forget(event.customer)

    return Feature(
        NAME,
        routes=(
            *_customers(customers),
            *_attached(AttachedApi(customers, room.matters, once)),
            *_interactions(InteractionApi(room.cabinet, room.files, room.matters, room.privacy, _may_read_files)),
        ),
        close=parts.chronicle.watch(hear),
    )


def _may_read_files(visit: Visit) -> bool:
    return may(visit.request, Scope.CUSTOMERS_READ)


def _customer_api(room: CustomerRoom, once: Once) -> CustomerApi:
    return CustomerApi(room.cabinet, room.customers, room.files, room.merging, room.privacy, once)


def _customers(api: CustomerApi) -> tuple[Route, ...]:
    at = api_customers.AT
    one = at + "/{id}"
    return (
        _read(at, api.list_customers, described.LISTED),
        _write("POST", at, api.add_customer, described.ADDED),
        _read(f"{at}/match", api.match, described.MATCHED),
        _read(one, api.tell_customer, described.TOLD),
        _write("PATCH", one, api.change_customer, described.CHANGED),
        _read(f"{one}/timeline", api.tell_timeline, described.TIMELINE),
        _read(f"{one}/merges", api.list_merges, described.MERGES),
        _write("POST", f"{one}/merge", api.merge, described.MERGED),
        _write("POST", one + "/merge/{merge}/undo", api.undo_merge, described.UNMERGED),
    )


def _attached(api: AttachedApi) -> tuple[Route, ...]:
    one = api_customers.AT + "/{id}"
    return (
        _read(f"{one}/notes", api.list_notes, described.NOTES),
        _write("POST", f"{one}/notes", api.add_note, described.NOTE_ADDED),
        _write("PATCH", one + "/notes/{note}", api.change_note, described.NOTE_CHANGED),
        _read(f"{one}/matters", api.list_matters, described.MATTERS),
        _write("POST", f"{one}/matters", api.add_matter, described.MATTER_ADDED),
        _write("PATCH", one + "/matters/{matter}", api.change_matter, described.MATTER_CHANGED),
        _read(f"{one}/activities", api.list_activities, described.ACTIVITIES),
        _write("POST", f"{one}/activities", api.add_activity, described.ACTIVITY_ADDED),
        _write("PATCH", one + "/activities/{activity}", api.change_activity, described.ACTIVITY_CHANGED),
    )


def _interactions(api: InteractionApi) -> tuple[Route, ...]:
    at, read = api_interactions.AT, Scope.INTERACTIONS_READ
    one = at + "/{id}"
    return (
        _read(at, api.list_interactions, described.INTERACTIONS, read),
        _read(one, api.tell_interaction, described.INTERACTION_TOLD, read),
        _write("PATCH", one, api.change_interaction, described.INTERACTION_CHANGED),
    )


def _read(path: str, handler: Handler, operation: Operation, scope: Scope = Scope.CUSTOMERS_READ) -> Route:
    return Route("GET", path, _entered(handler), operation=operation, scope=scope)


def _write(method: str, path: str, handler: Handler, operation: Operation) -> Route:
    return Route(method, path, _entered(handler), operation=operation, scope=Scope.CUSTOMERS_WRITE)
