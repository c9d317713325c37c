"""Makes the customers' pages a feature of the shell: routes with roles, and the way between both worlds.

The handlers are in `crm_bridge.web`; import, privacy, the desk and the API are features of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from crm_bridge.model import ChangedMeanwhile, NoSuchCustomer, NotPossible, NotValid
from crm_bridge.web import room as pages_of_customers
from crm_bridge.web.act import acting
from crm_bridge.web.activities_page import ActivitiesPage
from crm_bridge.web.board_page import BoardPage
from crm_bridge.web.customer_page import CustomerPage
from crm_bridge.web.deeds import Deeds
from crm_bridge.web.edit_page import EditPage
from crm_bridge.web.list_page import ListPage
from crm_bridge.web.merge_page import MergePage
from crm_bridge.web.room import Colleague, Colleagues, CustomersRoom
from crm_bridge.web.whose_page import WhosePage
from server.accounts import Account, Accounts
from server.web.call_book import CallBook
from server.web.entering import entering
from server.web.parts import Parts
from server.web.route import Feature, NavItem, Route

NAME = "customers"
FOLDER = Path(pages_of_customers.__file__).parents[1]
AT = "/customers"

_LOOK = "look at the customer again"
_entered = partial(
    entering,
    told={
        NoSuchCustomer: (404, "there is no such customer", f"search at {AT}"),
        NotValid: (400, "", "go back and write it anew"),
        NotPossible: (409, "", _LOOK),
        ChangedMeanwhile: (409, "", _LOOK),
    },
)


def customer_feature(parts: Parts, position: Callable[[], str]) -> Feature | None:
    """Return the customers' pages as a feature; None for a server that keeps no customers."""
    if parts.customers is None:
        return None
    kept = parts.customers
    room = CustomersRoom(
        kept.customers,
        kept.files,
        kept.matters,
        kept.merging,
        kept.privacy,
        parts.site,
        parts.clock,
        colleagues_of(parts),
        parts.customer_call,
        CallBook(parts).seen,
    )

    async def overdue(account: Account) -> int:
        return await kept.matters.count_due(account.name, parts.clock.now())

    return Feature(
        NAME,
        routes=(*_lists(room, position), *_one(room, position)),
        nav=(
            NavItem("Customers", AT),
            NavItem("Opportunities", "/opportunities"),
            NavItem("To do", "/activities", count=overdue, counted="overdue"),
        ),
        templates=FOLDER / "templates" / NAME,
        static=FOLDER / "static" / NAME,
    )


def colleagues_of(parts: Parts) -> Colleagues:
    """Return what lists the accounts, each by the name of the person whose it is."""
    accounts = Accounts(parts.database, parts.clock)

    async def listed() -> Sequence[Colleague]:
        people = parts.site().people
        return [
            Colleague(one.name, people[one.person].name if one.person in people else one.name, one.person)
            for one in await accounts.list_accounts()
        ]

    return listed


def _lists(room: CustomersRoom, position: Callable[[], str]) -> tuple[Route, ...]:
    customers, edit, whose = ListPage(room, position), EditPage(room), WhosePage(room)
    return (
        Route("GET", AT, _entered(customers.show)),
        Route("GET", f"{AT}/offer", _entered(customers.offer)),
        Route("GET", f"{AT}/new", _entered(edit.show_new)),
        Route("POST", f"{AT}/new", _entered(edit.add)),
        Route("GET", AT + "/whose/{id}", _entered(whose.show)),
        Route("POST", AT + "/whose/{id}", _entered(whose.choose)),
        Route("GET", "/opportunities", _entered(BoardPage(room, position).show)),
        Route("GET", "/activities", _entered(ActivitiesPage(room, position).show)),
    )


def _one(room: CustomersRoom, position: Callable[[], str]) -> tuple[Route, ...]:
    page, edit, deeds = CustomerPage(room, position), EditPage(room), Deeds(room)
    at = AT + "/{id}"
    return (
        Route("GET", at, _entered(page.show)),
        Route("GET", at + "/edit", _entered(edit.show)),
        Route("POST", at + "/edit", _entered(edit.change)),
        Route("GET", at + "/merge", _entered(MergePage(room).show)),
        *(Route("POST", f"{at}/{deed}", _entered(acting(deeds, deed))) for deed in deeds.names),
    )
