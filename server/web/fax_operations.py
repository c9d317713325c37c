"""The routes of faxes as the API's description tells them: words and examples only."""

from __future__ import annotations

from fax.model import Direction, Shown
from fax.web import api_examples as examples
from fax.web import api_model as shapes
from fax.web.api import MOST, USUAL
from fax.web.pictures import USUAL_WIDTH, WIDTHS
from server.web.api_model import ErrorAnswer
from server.web.route import Answer, Operation, Parameter

API = "/api/v1/faxes"

_DAY = {"type": "string", "format": "date"}
_YES = {"type": "string", "enum": ["1", "0"]}
_ID = Parameter("id", "the fax's id, or a beginning that only one has", {"type": "string"}, "0b9f6d1c", "path")
_PAGE = Parameter("n", "which page, from 1", {"type": "integer", "minimum": 1}, 1, "path")
_WIDTH = Parameter(
    "width", "how many dots wide", {"type": "integer", "enum": [*WIDTHS], "default": USUAL_WIDTH}, USUAL_WIDTH
)
_DOWNLOAD = Parameter("download", "1 to have browsers save it", _YES, "1")
_WHICH = (
    Parameter("direction", "in or out; left out: both", {"type": "string", "enum": [*Direction]}, "in"),
    Parameter("box", "only those of this one", {"type": "string"}, "billing"),
    Parameter(
        "show",
        "which; left out: all but deleted ones. The first four are of those that came, the next three of those sent",
        {"type": "string", "enum": [*Shown]},
        "open",
    ),
    Parameter("words", "only those with these words, or of this number or name", {"type": "string"}, "invoice"),
    Parameter("unread", "1 for those that nobody has seen", _YES, "1"),
    Parameter("mine", "1 for those assigned to who asks", _YES, "1"),
    Parameter("since", "a day at the site; not those before it", _DAY, "2026-11-16"),
    Parameter("until", "a day at the site; not those after it", _DAY, "2026-11-20"),
    Parameter("before", "only those older than this fax", {"type": "string"}, "0b9f6d1c2a7e5f4c8d3b6a9e1f2c4d5e"),
    Parameter("limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}, 50),
)


def _error(means: str) -> Answer:
    return Answer(means, ErrorAnswer)


_UNKNOWN = _error("a parameter is unknown")
_WRONG = _error("a parameter is unknown or wrong")
_NOBODY = _error("there is no such fax, or several begin so")
_NO_FILE = _error("there is no such fax, or not this of it")

LISTED = Operation(
    "listFaxes",
    "Faxes, the newest first; an operator sees those of their own boxes",
    {200: Answer("the faxes", shapes.FaxesAnswer, examples.FAXES), 400: _WRONG},
    _WHICH,
)
TOLD = Operation(
    "tellFax",
    "One fax with its calls, its deliveries and everything that happened to it",
    {200: Answer("the fax", shapes.FaxStoryAnswer, examples.STORY), 400: _UNKNOWN, 404: _NOBODY},
    (_ID,),
)
PICTURED = Operation(
    "seeFaxPage",
    "One page as a picture. It does not count as seen",
    {
        200: Answer("the picture", content_type="image/png", example="\x89PNG…"),
        400: _WRONG,
        404: _error("there is no such fax or page, or it cannot be shown"),
    },
    (_ID, _PAGE, _WIDTH),
)
PDF = Operation(
    "readFax",
    "All pages as a PDF; Range requests are served. It does not count as seen",
    {200: Answer("the pages", content_type="application/pdf", example="%PDF-1.7 …"), 400: _WRONG, 404: _NO_FILE},
    (_ID, _DOWNLOAD),
)
TIFF = Operation(
    "takeFax",
    "The pages as they came in or went out, as TIFF",
    {200: Answer("the pages", content_type="image/tiff", example="II*…"), 400: _UNKNOWN, 404: _NO_FILE},
    (_ID,),
)
REPORT = Operation(
    "reportFax",
    "The transmission report of a fax that was sent, as PDF",
    {200: Answer("the report", content_type="application/pdf", example="%PDF-1.4 …"), 400: _WRONG, 404: _NO_FILE},
    (_ID, _DOWNLOAD),
)
SENT = Operation(
    "sendFax",
    "Queue a document to be sent; what becomes of it is told by the fax that is answered",
    {
        202: Answer("it is safe and waits for its turn", shapes.FaxAnswer, examples.QUEUED),
        400: _error("the form cannot be understood, or says what cannot be sent; nothing was queued"),
        408: _error("it did not come in time"),
        413: _error("the document is larger than 50 MB"),
        415: _error("it is no multipart/form-data"),
    },
    body=Answer(
        "the document and what is to be done with it", shapes.FaxOrderBody, examples.ORDER, "multipart/form-data"
    ),
)


def changed(deeds: tuple[str, ...]) -> Operation:
    """Describe doing something with a fax, by the names of the deeds."""
    return Operation(
        "changeFax",
        "Do something with a fax; `resend` of one that was sent answers with the new one",
        {
            200: Answer("the fax after it", shapes.FaxAnswer, examples.RECEIVED),
            400: _error("the body cannot be understood, or lacks what the deed needs"),
            404: _error("there is no such fax, or no such deed"),
            409: _error("this cannot be done with the fax as it is"),
            413: _error("the body is too large"),
        },
        (_ID, Parameter("deed", "what is done", {"type": "string", "enum": list(deeds)}, "handled", "path")),
        body=Answer("what the deed needs; may be left out", shapes.FaxDeedBody, {"to": "alice"}),
    )
