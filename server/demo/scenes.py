"""The scenes of the demo: who calls, what they do, and how each call should end.

Owns the script as data; the phones are in `stage`, the judgement in `verdict`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Vilnius")
#: A Tuesday morning: the demo's calls are made in office hours, whatever the hour here is.
OFFICE_HOURS = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)
#: The same day, when the office is closed.
EVENING = datetime(2026, 11, 24, 20, 30, tzinfo=ZONE)

BOTH_LANGUAGES = "+37052000000"
ENGLISH = "+37052000001"


@dataclass(frozen=True)
class Expected:
    """How a call should end; `answered_by` lists everybody who may have answered, empty for nobody."""

    outcome: str
    path: tuple[str, ...] = ()
    destination: str = ""
    answered_by: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    abandoned_in: str = ""


@dataclass(frozen=True)
class Scene:
    """One caller. `keys` are pressed from the moment Asterisk answers; times are in seconds.

    `talks` is how long the caller talks before hanging up; `hangs_up_after` ends a call that nobody answered.
    """

    title: str
    caller: str
    name: str
    expected: Expected
    to: str = ENGLISH
    keys: str = ""
    talks: float = 2.0
    hangs_up_after: float | None = None
    at: datetime = OFFICE_HOURS
    #: The operator who answers passes the caller on to the other one.
    passed_on: bool = False
    #: What is said after the tone of a mailbox; '' for somebody who says nothing there, None for who leaves no message.
    says: str | None = None


BILLING = Expected("answered", ("main",), "department billing", ("alice", "bob"), {"intent": "invoice"})

#: Played at once, while the others go on: callers who need time and no operator of the other scenes' choice.
SLOW = (
    Scene(
        "says nothing at all, and is brought to the reception",
        "+37060000001",
        "Silent Sam",
        Expected("answered", ("main",), "department reception", ("alice",)),
    ),
    Scene(
        "calls in the evening, when the office is closed",
        "+37060000002",
        "Late Lina",
        Expected("closed", ("main", "after-hours"), "hangup"),
        at=EVENING,
    ),
    Scene(
        "hangs up in the menu",
        "+37060000003",
        "Hasty Hana",
        Expected("abandoned", ("main",), abandoned_in="menu"),
        hangs_up_after=2.0,
    ),
    Scene(
        "dials a number that is not in use",
        "+37060000004",
        "Wrong Wanda",
        Expected("unknown_number"),
        to="+37052000099",
    ),
)

#: Callers who leave a message, played together while the others go on.
MESSAGES = (
    Scene(
        "calls in the evening and leaves a message",
        "+37060000005",
        "Message Mia",
        Expected("voicemail", ("main", "after-hours"), "voicemail billing", facts={"intent": "invoice"}),
        keys="w3 1",
        at=EVENING,
        says="Hello, this is Mia Brown. Please call me back about my invoice. Thank you.",
    ),
    Scene(
        "calls in the evening, hears the tone and says nothing",
        "+37060000006",
        "Shy Sherlock",
        Expected(
            "abandoned", ("main", "after-hours"), "voicemail billing", facts={"intent": "invoice"},
            abandoned_in="voicemail",
        ),
        keys="w3 1",
        at=EVENING,
        says="",
    ),
)  # fmt: skip

#: Played one after another.
ALONE = (
    Scene("has a question about an invoice", "+37060000011", "Invoice Ina", BILLING, keys="w1 1"),
    Scene(
        "presses a wrong key, then the right ones",
        "+37060000012",
        "Mistaken Max",
        Expected("answered", ("main", "technical"), "department support", ("bob",), {"intent": "question"}),
        keys="w1 7 w3 2 w3 2",
    ),
    Scene(
        "knows the extension of the person",
        "+37060000013",
        "Direct Dora",
        Expected("answered", ("main",), "person bob", ("bob",)),
        keys="w1 102",
    ),
    Scene(
        "chooses Lithuanian first",
        "+37060000014",
        "Kalbanti Karolė",
        Expected("answered", ("welcome", "main"), "department billing", ("alice", "bob"), {"intent": "invoice"}),
        to=BOTH_LANGUAGES,
        keys="w1 2 w2 1",
    ),
    Scene("is passed on to the other operator", "+37060000015", "Passed Paula", BILLING, keys="w1 1", passed_on=True),
)

#: Played together: two operators, four callers.
TOGETHER = (
    Scene("keeps the first operator busy", "+37060000021", "Busy Bea", BILLING, keys="w1 1", talks=6.0),
    Scene("keeps the second operator busy", "+37060000022", "Busy Ben", BILLING, keys="w1 1", talks=6.0),
    Scene("waits in line, and is answered", "+37060000023", "Patient Pia", BILLING, keys="w4 1"),
    Scene(
        "waits in line, and gives up",
        "+37060000024",
        "Giving Gil",
        Expected("abandoned", ("main",), "department billing", facts={"intent": "invoice"}, abandoned_in="queue"),
        keys="w4.5 1",
        hangs_up_after=9.5,
    ),
)

ALL = (*SLOW, *MESSAGES, *ALONE, *TOGETHER)
#: The operators of the demo and the tone each says when answering, in hertz.
OPERATORS = {"alice": 440.0, "bob": 580.0}
#: The tone of the first caller; each further one is higher by the step, so that nobody is taken for another.
FIRST_TONE, TONE_STEP = 700.0, 60.0
TONES = {scene.caller: FIRST_TONE + TONE_STEP * place for place, scene in enumerate(ALL)}
