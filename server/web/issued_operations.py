"""The routes of issued reports as the API's description tells them: words and examples only."""

from __future__ import annotations

from reports.forms.named import FORMS, ZIP, media_type
from reports.issued import State
from reports.web import issued_api_model as shapes
from reports.web.issued_api import MOST, USUAL
from server.web.customer_operations import LARGE, ONCE, UNKNOWN, USED, WRONG, error
from server.web.route import Answer, Operation, Parameter

_TEXT = {"type": "string"}
_ID = Parameter("id", "the report's id", _TEXT, shapes.MADE["id"], "path")
_NONE = error("there is no such report, or it is not for who asks")
_NOT_YOURS = error("this is not for who asks")
_WHAT_ELSE = tuple(media_type(f"report.{ending}").partition(";")[0] for ending in (*FORMS, ZIP) if ending != "pdf")
_OTHERS = error("somebody else ordered it; a program cancels only what it ordered itself")

LISTED = Operation(
    "listIssuedReports",
    "Reports that were issued, by a schedule or by order, the newest first. A page may be short and go on all the same",
    {200: Answer("the reports", shapes.IssuedListAnswer, shapes.LISTED), 400: WRONG, 403: _NOT_YOURS},
    (
        Parameter("state", "only those in it", {"type": "string", "enum": [*State]}, "ready"),
        Parameter("schedule", "only those of this schedule of the site", _TEXT, "every-morning"),
        Parameter("cursor", "`next` of the answer before", _TEXT, shapes.LISTED["next"]),
        Parameter(
            "limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}, USUAL
        ),
    ),
)
ORDERED = Operation(
    "orderReport",
    "Have a report made in the background, by the definitions of now. It is kept for 400 days and never changes",
    {
        202: Answer("it waits for its turn; follow it at Location", shapes.IssuedAnswer, shapes.ORDERED),
        400: error("the body cannot be understood, or asks for what the report does not take"),
        403: _NOT_YOURS,
        404: error("there is no such report"),
        409: error("the first request with the same key is still under way, or its server has ended"),
        413: LARGE,
        422: USED,
        429: error("so many of this account's are being made already; or the token was used too often"),
    },
    (ONCE,),
    Answer("what is to be made", shapes.IssueBody, shapes.ISSUE),
)
TOLD = Operation(
    "tellIssuedReport",
    "One issued report: how far it is, and its file once it is made",
    {200: Answer("the report", shapes.IssuedAnswer, shapes.MADE), 400: UNKNOWN, 403: _NOT_YOURS, 404: _NONE},
    (_ID,),
)
CANCELLED = Operation(
    "cancelIssuedReport",
    "End the making of a report that was ordered",
    {
        200: Answer("the report after it", shapes.IssuedAnswer, shapes.CANCELLED),
        400: UNKNOWN,
        403: _OTHERS,
        404: _NONE,
        409: error("it is not being made any more"),
    },
    (_ID,),
)
SENT = Operation(
    "readIssuedReport",
    "The file of an issued report, as it was made. Several tables as CSV are a ZIP with one CSV each",
    {
        200: Answer("the file", content_type=media_type("report.pdf"), example="%PDF-1.4 …", also=_WHAT_ELSE),
        400: UNKNOWN,
        403: _NOT_YOURS,
        404: _NONE,
        409: error("it is not made yet, or will not be"),
    },
    (_ID,),
)
