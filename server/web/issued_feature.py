"""Makes issued reports a feature of the shell: routes with roles. The handlers are in `reports.web.issued_page`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from reports.catalogue import NoReport
from reports.issuing import NoSuchReport, NotNow
from reports.period import NoPeriod
from reports.web import issued_page as pages_of_issued
from reports.web.issued_page import HOME, IssuedPage
from server.accounts import Role
from server.web.entering import entering
from server.web.parts import Parts
from server.web.report_feature import room_of
from server.web.route import Feature, Route

NAME = "issued"
FOLDER = Path(pages_of_issued.__file__).parents[1]
#: A file is sent from the disk, seconds.
FILE_SECONDS = 120.0

_entered = partial(
    entering,
    told={
        NoSuchReport: (404, "there is no such report, or not for you", f"what was issued is at {HOME}"),
        NotNow: (409, "", f"look at it again: what was issued is at {HOME}"),
        NoReport: (404, "", "the reports are at /reports"),
        NoPeriod: (400, "", "write days such as 2026-11-24, the earlier one first"),
    },
)


def issued_feature(parts: Parts, _position: Callable[[], str]) -> Feature | None:
    """Return issued reports as a feature; None for a server that issues none."""
    if parts.issuing is None or parts.spool is None or parts.report_maker is None:
        return None
    page = IssuedPage(room_of(parts, parts.report_maker), parts.issuing, parts.spool)
    one = HOME + "/{id}"
    return Feature(
        NAME,
        routes=(
            Route("POST", "/reports/{name}/issue", _entered(page.order)),
            Route("GET", HOME, _entered(page.show_list)),
            Route("GET", one, _entered(page.show)),
            Route("GET", f"{one}/file", _entered(page.send), seconds=FILE_SECONDS),
            Route("POST", f"{one}/cancel", _entered(page.cancel)),
            Route("POST", f"{one}/make-again", _entered(page.make_again)),
            Route("POST", f"{one}/send-again", _entered(page.send_again), role=Role.SUPERVISOR),
        ),
        templates=FOLDER / "templates" / NAME,
        static=FOLDER / "static" / NAME,
    )
