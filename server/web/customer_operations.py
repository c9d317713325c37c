"""The routes of customers as the API's description tells them: words and examples only."""

from __future__ import annotations

from crm_bridge.model import Direction, Kind, Medium
from crm_bridge.web import api_attached, api_customers, api_interactions
from crm_bridge.web import api_bodies as bodies
from crm_bridge.web import api_examples as examples
from crm_bridge.web import api_model as shapes
from crm_bridge.web.api_once import HEADER
from ledger.web.api_model import Shape
from server.web.api_model import ErrorAnswer
from server.web.route import Answer, Operation, Parameter

_TEXT = {"type": "string"}
_MOMENT = {"type": "string", "format": "date-time"}
_CUSTOMER = examples.CUSTOMER["id"]
_ID = Parameter("id", "the customer's id", _TEXT, _CUSTOMER, "path")
_CURSOR = Parameter("cursor", "`next` of the answer before", _TEXT, examples.CUSTOMERS["next"])
#: For whatever makes something: a program that heard no answer asks again, and nothing is made twice.
ONCE = Parameter(
    HEADER,
    "1 to 200 visible ASCII signs of your choice, such as a UUID. Asked again with the same one, nothing is done again "
    "and the answer is the same; it is known for 24 hours, or until the server starts anew",
    _TEXT,
    "5f0b0c86-7f3e-4f0c-9f39-0f2f3b1c7a10",
    "header",
)


def error(means: str) -> Answer:
    """Return an answer that says what is wrong."""
    return Answer(means, ErrorAnswer)


UNKNOWN = error("a parameter is unknown")
WRONG = error("a parameter is unknown or wrong")
BODY = error("the body cannot be understood, or says what cannot be written; a parameter is unknown")
LARGE = error("the body is too large")
USED = Answer(
    f"this {HEADER} was used for something else",
    ErrorAnswer,
    {"error": f"this {HEADER} was used for something else", "hint": "take a new one for each new thing"},
)
_NOBODY = error("there is no such customer")
_MEANWHILE = error("somebody changed it meanwhile, or it cannot be done with what is there: nothing was written")


_NOT_NOW = error("it cannot be done with what is there, or the first request with the same key is still under way")


def _limit(usual: int, most: int) -> Parameter:
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": usual}
    return Parameter("limit", "how many at most", schema, usual)


def _listed(name: str, summary: str, shape: type[Shape], example: object, *asked: Parameter) -> Operation:
    told = {200: Answer("those found", shape, example), 400: WRONG}
    return Operation(name, summary, told if _ID not in asked else {**told, 404: _NOBODY}, asked)


def _told(name: str, summary: str, answer: Answer, missing: str, *asked: Parameter) -> Operation:
    return Operation(name, summary, {200: answer, 400: UNKNOWN, 404: error(missing)}, asked)


def _added(name: str, summary: str, answer: Answer, body: Answer, *asked: Parameter) -> Operation:
    answers = {201: answer, 400: BODY, 404: _NOBODY, 409: _NOT_NOW, 413: LARGE, 422: USED}
    return Operation(name, summary, answers, (*asked, ONCE), body)


def _changed(name: str, summary: str, answer: Answer, body: Answer, *asked: Parameter) -> Operation:
    missing = error("there is no such customer, or nothing of this id belongs to that one")
    answers = {200: answer, 400: BODY, 404: missing, 409: _MEANWHILE, 413: LARGE}
    return Operation(name, summary, answers, asked, body)


_FILE = Answer("the customer", shapes.CustomerAnswer, examples.CUSTOMER)

LISTED = _listed(
    "listCustomers",
    "Customers: by what is typed (the best 20), by number, or all by name, a page at a time; that they were looked at "
    "is noted",
    shapes.CustomersAnswer,
    examples.CUSTOMERS,
    Parameter("q", "beginnings of words of names, any part of a number, a mail address", _TEXT, "ona pap"),
    Parameter("number", "those who have this number", _TEXT, "+37060000001"),
    Parameter("kind", "only such", {"type": "string", "enum": [*Kind]}, "person"),
    Parameter("status", "only those of this status", _TEXT, "customer"),
    Parameter("owner", "only those that this account looks after", _TEXT, "alice"),
    Parameter("tag", "only those with this tag", _TEXT, "wholesale"),
    Parameter(
        "unknown", "1: numbers of whom nobody has written anything yet", {"type": "string", "enum": ["1", "0"]}, "1"
    ),
    _limit(api_customers.USUAL, api_customers.MOST),
    _CURSOR,
)
MATCHED = Operation(
    "matchCustomer",
    "Who has a number, said as it is: known, one of several, unknown, or withheld. For a screen to pop; that it was "
    "looked at is noted",
    {200: Answer("what the number says", shapes.MatchAnswer, examples.MATCH), 400: WRONG},
    (
        Parameter("number", "the number as it was shown; empty or `anonymous` is withheld", _TEXT, "+37060000001"),
        Parameter("did", "the number of ours that was dialled: numbers are read in its country", _TEXT, "+37052000000"),
    ),
)
ADDED = Operation(
    "addCustomer",
    "Write a new customer; what passed with the numbers while they were nobody's is theirs from now on",
    {201: _FILE, 400: BODY, 409: _NOT_NOW, 413: LARGE, 422: USED},
    (ONCE,),
    Answer("what is known", bodies.CustomerBody, examples.NEW_CUSTOMER),
)
TOLD = _told("tellCustomer", "One customer; that it was looked at is noted", _FILE, "there is no such customer", _ID)
CHANGED = _changed(
    "changeCustomer",
    "Change what is sent of a customer, over the version that was seen",
    _FILE,
    Answer("what changes", bodies.CustomerChangeBody, examples.CHANGE_CUSTOMER),
    _ID,
)
TIMELINE = _listed(
    "tellTimeline",
    "A customer's history over every medium, and what was done with the file; that it was looked at is noted",
    shapes.TimelineAnswer,
    examples.TIMELINE,
    _ID,
    _limit(api_customers.USUAL, api_customers.MOST),
    _CURSOR,
)
MERGES = _listed("listMerges", "Merges that can still be undone", shapes.MergesAnswer, examples.MERGES, _ID)
MERGED = _added(
    "mergeCustomer",
    "Merge another customer into this one",
    Answer("what came of it", shapes.MergedAnswer, examples.MERGED),
    Answer("who is gone after it", bodies.MergeBody, examples.NEW_MERGE),
    _ID,
)
UNMERGED = Operation(
    "undoMerge",
    "Move back exactly what a merge moved, within 14 days",
    {
        200: _FILE,
        400: UNKNOWN,
        404: error("there is no such customer, or no such merge that can be undone"),
        409: _MEANWHILE,
    },
    (_ID, Parameter("merge", "the merge's id", _TEXT, examples.MERGE["id"], "path")),
)

_NOTE = Answer("the note", shapes.NoteAnswer, examples.NOTE)
_MATTER = Answer("the matter", shapes.MatterAnswer, examples.MATTER)
_ACTIVITY = Answer("the activity", shapes.ActivityAnswer, examples.ACTIVITY)
_MANY = _limit(api_attached.USUAL, api_attached.MOST)

NOTES = _listed("listNotes", "A customer's notes, the newest first", shapes.NotesAnswer, examples.NOTES, _ID, _MANY)
NOTE_ADDED = _added("addNote", "Write a note", _NOTE, Answer("the note", bodies.NoteBody, examples.NEW_NOTE), _ID)
NOTE_CHANGED = _changed(
    "changeNote",
    "Write a note anew",
    _NOTE,
    Answer("the text", bodies.NoteChangeBody, examples.CHANGE_NOTE),
    _ID,
    Parameter("note", "the note's id", _TEXT, examples.NOTE["id"], "path"),
)
MATTERS = _listed(
    "listMatters", "A customer's opportunities, offers and orders", shapes.MattersAnswer, examples.MATTERS, _ID, _MANY
)
MATTER_ADDED = _added(
    "addMatter",
    "Begin an opportunity, offer or order",
    _MATTER,
    Answer("the matter", bodies.MatterBody, examples.NEW_MATTER),
    _ID,
)
MATTER_CHANGED = _changed(
    "changeMatter",
    "Change what is sent of a matter, over the version that was seen",
    _MATTER,
    Answer("what changes", bodies.MatterChangeBody, examples.CHANGE_MATTER),
    _ID,
    Parameter("matter", "the matter's id", _TEXT, examples.MATTER["id"], "path"),
)
ACTIVITIES = _listed(
    "listActivities", "What is to be done for a customer", shapes.ActivitiesAnswer, examples.ACTIVITIES, _ID, _MANY
)
ACTIVITY_ADDED = _added(
    "addActivity",
    "Note what is to be done, when and by whom",
    _ACTIVITY,
    Answer("the activity", bodies.ActivityBody, examples.NEW_ACTIVITY),
    _ID,
)
ACTIVITY_CHANGED = _changed(
    "changeActivity",
    "Change what is sent of an activity, over the version that was seen, or say that it is done",
    _ACTIVITY,
    Answer("what changes", bodies.ActivityChangeBody, examples.CHANGE_ACTIVITY),
    _ID,
    Parameter("activity", "the activity's id", _TEXT, examples.ACTIVITY["id"], "path"),
)

_CONTACT = Answer("the interaction", shapes.InteractionStoryAnswer, examples.INTERACTION_STORY)
_INTERACTION = Parameter("id", "the interaction's id", _TEXT, examples.INTERACTION["id"], "path")

INTERACTIONS = _listed(
    "listInteractions",
    "Contacts of all customers over every medium, the newest first; that somebody's were looked at is noted",
    shapes.InteractionsAnswer,
    examples.INTERACTIONS,
    Parameter("customer", "only those of this one", _TEXT, _CUSTOMER),
    Parameter("number", "only those with this number on the other side", _TEXT, "+37060000001"),
    Parameter("medium", "only over this one", {"type": "string", "enum": [*Medium]}, "voice"),
    Parameter("direction", "only this way", {"type": "string", "enum": [*Direction]}, "in"),
    Parameter("from", "those that began then or later", _MOMENT, "2026-11-20T00:00:00Z"),
    Parameter("to", "those that began before then", _MOMENT, "2026-11-21T00:00:00Z"),
    _limit(api_interactions.USUAL, api_interactions.MOST),
    _CURSOR,
)
INTERACTION_TOLD = _told(
    "tellInteraction",
    "One interaction, and the notes about it for who may read customers; that it was looked at is noted",
    _CONTACT,
    "there is no such interaction",
    _INTERACTION,
)
INTERACTION_CHANGED = Operation(
    "changeInteraction",
    "Say whose an interaction is, such as one that came from a number of several",
    {
        200: _CONTACT,
        400: BODY,
        404: error("there is no such interaction, or no such customer"),
        409: error("the customer was merged into another"),
        413: LARGE,
    },
    (_INTERACTION,),
    Answer("whose it is", bodies.AssignBody, examples.ASSIGN),
)
