"""The routes of imports and exports as the API's description tells them: words and examples only."""

from __future__ import annotations

from crm_bridge.exporting import FORMS
from crm_bridge.importing_model import LARGEST, Rule
from crm_bridge.web import import_model as shapes
from crm_bridge.web.import_api import DEEDS, MOST, MOST_ROWS, USUAL, USUAL_ROWS
from server.web.api_model import ErrorAnswer
from server.web.route import Answer, Operation, Parameter

API = "/api/v1/customers/imports"
EXPORT = "/api/v1/customers/export"

_TEXT = {"type": "string"}
_ID = Parameter("id", "the import's id", _TEXT, str(shapes.EXAMPLE["id"]), "path")
_LIMIT = {"type": "integer", "minimum": 1}


def _error(means: str) -> Answer:
    return Answer(means, ErrorAnswer)


_WRONG = _error("a parameter is unknown or wrong")
_NONE = _error("there is no such import")

LISTED = Operation(
    "listImports",
    "Imports of customers, the newest first",
    {200: Answer("the imports", shapes.ImportsAnswer, shapes.EXAMPLES), 400: _WRONG},
    (Parameter("limit", "how many at most", {**_LIMIT, "maximum": MOST, "default": USUAL}, 20),),
)
BROUGHT = Operation(
    "importCustomers",
    "Bring a file with customers, CSV or vCard, and begin. `rule` says what becomes of rows whose customer is there "
    f"({', '.join(Rule)}), `map` what columns mean; the same file brings nobody twice",
    {
        202: Answer("the import, which has begun", shapes.ImportAnswer, shapes.EXAMPLE),
        400: _error("the form cannot be understood, or says what cannot be read"),
        408: _error("the file did not come in time"),
        409: _error("too many files wait"),
        413: _error(f"the file has more than {LARGEST // 1_000_000} MB"),
        415: _error("this is no form with a file"),
        422: _error("the file is none that customers are read from"),
        503: _error("there is no room for the file, or too many come in at this moment"),
    },
    body=Answer("the file and how it is read", shapes.ImportBody, shapes.BODY, "multipart/form-data"),
)
TOLD = Operation(
    "tellImport",
    "One import: its state, how far it is, and what became of its rows",
    {200: Answer("the import", shapes.ImportAnswer, shapes.EXAMPLE), 400: _WRONG, 404: _NONE},
    (_ID,),
)
REFUSED = Operation(
    "listRefusedRows",
    "The rows that an import refused, each with the reason; they are kept for 30 days",
    {200: Answer("the rows", shapes.RefusedAnswer, shapes.REFUSED), 400: _WRONG, 404: _NONE},
    (
        _ID,
        Parameter("after", "only rows behind the one of this number", _LIMIT, 17),
        Parameter("limit", "how many at most", {**_LIMIT, "maximum": MOST_ROWS, "default": USUAL_ROWS}, 200),
    ),
)
CHANGED = Operation(
    "changeImport",
    "Stop an import that is under way, or take back what one brought",
    {
        200: Answer("the import", shapes.ImportAnswer, shapes.EXAMPLE),
        400: _WRONG,
        404: _error("there is no such import, or no such deed"),
        409: _error("this cannot be done with the import as it is"),
    },
    (_ID, Parameter("deed", "what is done", {"type": "string", "enum": [*DEEDS]}, "undo", "path")),
)
EXPORTED = Operation(
    "exportCustomers",
    "All customers, or those of a status or tag, as CSV or vCard; who asked is written down",
    {
        200: Answer("the customers", content_type="text/csv", example="Kind,Name,Organisation,…", also=("text/vcard",)),
        400: _WRONG,
        503: _error("several exports are on their way already"),
    },
    (
        Parameter("format", "how they are written", {"type": "string", "enum": [*FORMS], "default": FORMS[0]}, "csv"),
        Parameter("status", "only those of this status", _TEXT, "customer"),
        Parameter("tag", "only those with this tag", _TEXT, "vip"),
    ),
)
