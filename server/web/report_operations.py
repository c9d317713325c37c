"""The routes of reports as the API's description tells them: words and examples only."""

from __future__ import annotations

from reports import counting
from reports.catalogue import REPORTS
from reports.web import api_model as shapes
from reports.web.api import MOST, USUAL
from reports.web.asking import COMMON
from reports.web.periods import NAMED
from reports.web.periods import USUAL as USUAL_PERIOD
from server.web.api_model import ErrorAnswer
from server.web.route import Answer, Operation, Parameter

API = "/api/v1/reports"
IMPORTED_AT = "/api/v1/imported-calls/{id}"

_TEXT = {"type": "string"}
_DAY = {"type": "string", "format": "date"}
_MOMENT = {"type": "string", "format": "date-time"}
_NAME = Parameter("name", "the report's name", _TEXT, "day", "path")
_TIME = (
    Parameter(
        "period",
        "the time by its name, as today sees it",
        {"type": "string", "enum": [*NAMED], "default": USUAL_PERIOD},
        "last-week",
    ),
    Parameter("from", "the first day, instead of `period`", _DAY, "2026-11-16"),
    Parameter("to", "the last day; left out: the first", _DAY, "2026-11-22"),
)
_NARROWS = (
    Parameter("department", "of this department's line only", _TEXT, "billing"),
    Parameter("person", "of this person only", _TEXT, "alice"),
    Parameter("minutes", "the length of an interval", {"type": "integer", "enum": [15, 30, 60], "default": 60}, 30),
)
#: What single reports take besides; which one takes what, the list of reports tells.
_OTHERS = tuple(
    Parameter(name, "as the list of reports tells", _TEXT, "main")
    for name in sorted({name for report in REPORTS.values() for name in report.takes} - set(COMMON))
)
_BEHIND = (
    Parameter("count", "what is counted", {"type": "string", "enum": sorted(counting.names())}, "abandoned_queue"),
    Parameter("from", "calls that came in at this moment or later", _MOMENT, "2026-11-24T08:00:00Z"),
    Parameter("to", "calls that came in before this moment", _MOMENT, "2026-11-24T09:00:00Z"),
    Parameter("department", "of this department only", _TEXT, "billing"),
    Parameter("person", "of this person only", _TEXT, "alice"),
    Parameter("did", "only calls to this number", _TEXT, "+37052000000"),
    Parameter("ani", "only calls from this number", _TEXT, "+37060000001"),
    Parameter("menu", "only visits of this menu", _TEXT, "main"),
    Parameter("value", "what else narrows the count, as the figure's own address says", _TEXT, "10-20"),
    Parameter("hour", "only in this hour of the site's clock", {"type": "integer", "minimum": 0, "maximum": 23}, 10),
    Parameter("weekday", "only on this weekday, 0 Monday", {"type": "integer", "minimum": 0, "maximum": 6}, 1),
    Parameter("issued", "as this issued report counts", _TEXT, "3f0c9b1e7d2a4c5e8b6f0a1d2c3e4f50"),
    Parameter("after", "only what comes after this place, from `next`", _TEXT, "1795521601.0.1795521601-42"),
    Parameter("limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}, USUAL),
)


def _error(means: str) -> Answer:
    return Answer(means, ErrorAnswer)


_WRONG = _error("a parameter is unknown or wrong")
_NONE = _error("there is no such report")
_NOT_YOURS = _error("this is not for who asks")
_LONG = _error("it takes longer than an answer can wait, or cannot be made now")

LISTED = Operation(
    "listReports",
    "The reports there are, and what each takes",
    {200: Answer("the reports", shapes.ReportsAnswer, shapes.REPORTS), 400: _WRONG},
)
TOLD = Operation(
    "tellReport",
    "One report: its figures with the calls behind them, and what each means",
    {
        200: Answer("the report", shapes.ReportAnswer, shapes.REPORT),
        400: _WRONG,
        403: _NOT_YOURS,
        404: _NONE,
        503: _LONG,
    },
    (_NAME, *_TIME, *_NARROWS, *_OTHERS),
)
CALLS = Operation(
    "listReportCalls",
    "The calls behind a figure, the oldest first; `total` is the figure. The parameters are the figure's own, "
    "its `calls`",
    {
        200: Answer("the calls", shapes.ListedCallsAnswer, shapes.CALLS),
        400: _WRONG,
        403: _NOT_YOURS,
        404: _NONE,
        503: _LONG,
    },
    (_NAME, *_BEHIND),
)
IMPORTED = Operation(
    "tellImportedCall",
    "The story of a call that came with a file of Asterisk: what each file tells, in words and as its lines",
    {
        200: Answer("the call", shapes.ImportedCallAnswer, shapes.IMPORTED),
        400: _WRONG,
        404: _error("there is no such call, or it is not for who asks; calls of our own are at /api/v1/calls"),
        503: _LONG,
    },
    (Parameter("id", "the call's id, as lists have it", _TEXT, "queue_log:1795521601.42", "path"),),
)
