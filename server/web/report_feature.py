"""Makes the reports a feature of the shell: routes with roles and descriptions, and who may see which departments.

The handlers are in `reports.web`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path

import structlog

from crm_bridge.service import Customers
from ledger.errors import LedgerError
from ledger.journal_reads import JournalReads
from ledger.web.visit import Who
from reports.asking import Ask, Facts
from reports.catalogue import NoReport
from reports.forms.named import FORMS
from reports.people import PeopleReports
from reports.period import NoPeriod, Period
from reports.rules import Definition
from reports.selection import NoSelection
from reports.web import room as pages_of_reports
from reports.web.api import ReportApi
from reports.web.calls_page import AT as CALLS
from reports.web.calls_page import CallsPage
from reports.web.filters import Filters
from reports.web.list_page import HOME, ListPage
from reports.web.own_day import OwnDays
from reports.web.report_page import ReportPage
from reports.web.room import Maker, ReportsRoom
from reports.web.story_page import StoryPage
from server.data_folder import note_of
from server.report_room import ask_of, departments_of
from server.scopes import Scope
from server.web import report_operations as described
from server.web.customer_names import CustomerNames
from server.web.entering import entering
from server.web.parts import Parts
from server.web.report_operations import API
from server.web.route import Feature, Handler, NavItem, Route

log = structlog.get_logger(__name__)

NAME = "reports"
FOLDER = Path(pages_of_reports.__file__).parents[1]
#: A file is made for up to a minute and waits for its turn; a list is sent for as long as it is read.
FILE_SECONDS, LIST_SECONDS = 150.0, 3_600.0

_entered = partial(
    entering,
    told={
        NoSelection: (400, "", f"the reports are at {HOME}"),
        NoPeriod: (400, "", "write days such as 2026-11-24, the earlier one first"),
        NoReport: (404, "", f"the reports are at {HOME}"),
    },
)


def report_feature(parts: Parts, position: Callable[[], str]) -> Feature | None:
    """Return the reports as a feature; None for a server that makes none."""
    if parts.report_maker is None:
        return None
    room = room_of(parts, parts.report_maker)
    calls = CallsPage(room)
    return Feature(
        NAME,
        routes=(
            *_pages(ListPage(room), ReportPage(room, position), calls),
            *_api(ReportApi(room, calls), StoryPage(room)),
        ),
        nav=(NavItem("Reports", HOME),),
        templates=FOLDER / "templates" / NAME,
        static=FOLDER / "static" / NAME,
    )


def imported_calls(parts: Parts) -> Handler | None:
    """Return what shows the calls that came with files, at the address of all calls; None for a server without them."""
    if parts.report_maker is None:
        return None
    return _entered(StoryPage(room_of(parts, parts.report_maker)).show)


def room_of(parts: Parts, maker: Callable[[Facts], Maker]) -> ReportsRoom:
    """Put together what stands behind the pages."""
    database = parts.database.beside()  # a report reads for seconds: who logs in or calls does not wait for it
    journal = JournalReads(database)
    facts = Facts(database, journal)
    people = PeopleReports(journal, database, parts.site().company.zone, parts.clock)

    def asking(
        period: Period,
        *,
        department: str = "",
        person: str = "",
        minutes: int = 60,
        departments: frozenset[str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Ask:
        return ask_of(
            note_of(parts.site()),
            period,
            parts.clock.now(),
            department=department,
            person=person,
            minutes=minutes,
            departments=departments,
            more=more,
        )

    def seen_by(who: Who) -> frozenset[str] | None:
        return departments_of(parts.site(), who.person, sees_all=who.sees_all)

    return ReportsRoom(
        facts,
        maker(facts),
        asking,
        parts.site,
        parts.clock,
        seen_by,
        Filters(parts.database, parts.clock),
        own_day=OwnDays(people, parts.site),
        names=_names_of(parts),
        issues=parts.issuing is not None,
        definition_of=_definition_of_issued(parts),
    )


def _definition_of_issued(parts: Parts) -> pages_of_reports.DefinitionOf | None:
    """Return what tells how an issued report counts; None for a server that issues none."""
    if (issuing := parts.issuing) is None:
        return None

    async def definition_of(id_: str) -> Definition | None:
        one = await issuing.find(id_)
        return one.order.definition if one is not None else None

    return definition_of


def _names_of(parts: Parts) -> pages_of_reports.Names | None:
    """Return what looks callers' names up; None for a server that keeps no customers."""
    if parts.customers is None:
        return None
    known = CustomerNames(Customers(parts.database, parts.site().company.country), parts.clock)

    async def names(callers: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        try:
            return await known(callers)
        except LedgerError as error:  # a list without names is better than none
            log.warning("the names of callers were not looked up", error=type(error).__name__)
            return {}

    return names


def _pages(reports: ListPage, report: ReportPage, calls: CallsPage) -> tuple[Route, ...]:
    one = HOME + "/{name}"
    return (
        Route("GET", HOME, _entered(reports.show)),
        Route("GET", CALLS, _entered(calls.show)),
        Route("GET", f"{CALLS}.csv", _entered(calls.send), seconds=LIST_SECONDS),
        Route("POST", f"{CALLS}/keep", _entered(calls.keep)),
        Route("POST", f"{CALLS}/remove", _entered(calls.remove)),
        Route("GET", f"{HOME}/my-day", _entered(report.own_day)),
        *(Route("GET", f"{one}.{form}", _entered(report.sending(form)), seconds=FILE_SECONDS) for form in FORMS),
        Route("GET", one, _entered(report.show)),
    )


def _api(api: ReportApi, stories: StoryPage) -> tuple[Route, ...]:
    one, read = API + "/{name}", Scope.REPORTS_READ
    return (
        Route("GET", API, _entered(api.list_reports), operation=described.LISTED, scope=read),
        Route("GET", one, _entered(api.tell_report), operation=described.TOLD, scope=read),
        Route("GET", f"{one}/calls", _entered(api.list_calls), operation=described.CALLS, scope=read),
        Route("GET", described.IMPORTED_AT, _entered(stories.tell), operation=described.IMPORTED, scope=read),
    )
