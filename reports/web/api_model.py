"""What the API says of reports, as types, with the examples of its description; fields are only added."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from ledger.web.api_model import Shape
from reports.model import CallRecord, Unknown

#: What JSON may hold: figures, parts and definitions have the names that each report gives them.
Loose = dict[str, Any]  # Any: as said


class ReportName(Shape):
    """A report that can be asked for; `takes` are the parameters it knows besides the time."""

    name: str
    title: str
    summary: str
    takes: list[str]
    whole_site: bool


class ReportsAnswer(Shape):
    """The reports there are for who asks."""

    reports: list[ReportName]


class PeriodAnswer(Shape):
    """The time a report is about, from one moment up to another."""

    model_config = Shape.model_config | {"populate_by_name": True}

    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    first_day: date
    last_day: date
    timezone: str


class ReportAnswer(Shape):
    """A report. Durations are in seconds and named so (`…_s`), shares from 0 to 1, nothing to measure is null."""

    report: str
    title: str
    company: str
    made_at: datetime
    period: PeriodAnswer
    scope: str
    asked: dict[str, str]
    rule: str
    warnings: list[str]
    notes: list[str]
    figures: dict[str, Loose]
    parts: list[Loose]
    definitions: dict[str, Loose]


class ListedCall(Shape):
    """A call behind a figure; what its source cannot tell is null."""

    call: str
    offered_at: datetime
    ended_at: datetime | None
    ani: str
    ani_name: str
    did: str
    departments: list[str]
    waited_s: Annotated[float, Field(ge=0)] | None
    talked_s: Annotated[float, Field(ge=0)] | None
    outcome: str | None
    abandoned_in: str
    agents: list[str]
    source: str
    filled: Annotated[str, Field(description="the file of Asterisk's own that told its end, empty where we saw it")]

    @classmethod
    def of(cls, record: CallRecord) -> ListedCall:
        """Return a record as the API tells it."""
        return cls(
            call=record.call,
            offered_at=record.offered_at,
            ended_at=record.ended_at,
            ani=record.ani,
            ani_name=record.ani_name,
            did=record.did,
            departments=list(dict.fromkeys(stay.department for stay in record.stays)),
            waited_s=None if Unknown.WAIT in record.unknown else record.waited,
            talked_s=None if Unknown.TALK in record.unknown else record.talked,
            outcome=None if record.outcome is None else str(record.outcome),
            abandoned_in=record.abandoned_in,
            agents=list(dict.fromkeys(talk.agent for talk in record.talks)),
            source=record.source,
            filled=record.filled,
        )


class ListedCallsAnswer(Shape):
    """A page of the calls behind a figure: `total` is the figure, `next` where to go on, null at the end."""

    title: str
    total: int
    calls: list[ListedCall]
    next: str | None


class ToldSentence(Shape):
    """What happened, in words; `line` is what its source has of it, empty for what follows from several lines."""

    at: datetime
    text: str
    line: str


class SourceAccount(Shape):
    """What one file tells of a call; `left_out` sentences are not here, `unread` are lines nobody can read now."""

    source: str
    sentences: list[ToldSentence]
    unread: list[str]
    left_out: int


class ImportedCallAnswer(Shape):
    """A call that came with a file and its story, the most believed source first; `unknown` is what none tells."""

    call: ListedCall
    unknown: list[str]
    estimated: bool
    accounts: list[SourceAccount]


REPORTS: Loose = {
    "reports": [
        {
            "name": "day",
            "title": "Day by day",
            "summary": "How all calls ended, hour by hour and in every line.",
            "takes": ["department"],
            "whole_site": False,
        }
    ]
}
REPORT: Loose = {
    "report": "day",
    "title": "Day by day",
    "company": "Acme & Sons",
    "made_at": "2026-11-25T08:00:00+02:00",
    "period": {
        "from": "2026-11-24T00:00:00+02:00",
        "to": "2026-11-25T00:00:00+02:00",
        "first_day": "2026-11-24",
        "last_day": "2026-11-24",
        "timezone": "Europe/Vilnius",
    },
    "scope": "",
    "asked": {},
    "rule": "answered within the department's target ÷ all who joined the line and wait no more",
    "warnings": [],
    "notes": [],
    "figures": {
        "offered": {
            "value": 120,
            "title": "Offered",
            "unit": "count",
            "calls": {"count": "offered", "from": "2026-11-23T22:00:00+00:00", "to": "2026-11-24T22:00:00+00:00"},
        }
    },
    "parts": [],
    "definitions": {"offered": {"title": "Offered", "definition": "The calls that came in."}},
}
CALLS: Loose = {
    "title": "Abandoned in a line, Billing, Tuesday 24 November 2026, 10:00 to 11:00",
    "total": 1,
    "calls": [
        {
            "call": "1795521601-42",
            "offered_at": "2026-11-24T08:00:01Z",
            "ended_at": "2026-11-24T08:01:02Z",
            "ani": "+37060000001",
            "ani_name": "Ona",
            "did": "+37052000000",
            "departments": ["billing"],
            "waited_s": 40.2,
            "talked_s": 0.0,
            "outcome": "abandoned",
            "abandoned_in": "queue",
            "agents": [],
            "source": "",
            "filled": "",
        }
    ],
    "next": None,
}
IMPORTED: Loose = {
    "call": {**CALLS["calls"][0], "call": "queue_log:1795521601.42", "source": "queue_log"},
    "unknown": ["menus"],
    "estimated": False,
    "accounts": [
        {
            "source": "queue_log",
            "sentences": [
                {
                    "at": "2026-11-24T08:01:02Z",
                    "text": "The caller gave up in the line of Billing at place 1, after 40 s.",
                    "line": "1795521662|1795521601.42|billing|NONE|ABANDON|1|1|40",
                }
            ],
            "unread": [],
            "left_out": 0,
        }
    ],
}
