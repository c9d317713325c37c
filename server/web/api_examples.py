"""The examples in the API's description; a test holds them against the shapes."""

from __future__ import annotations

CALL: dict[str, object] = {
    "id": "1795309200-42",
    "state": "ended",
    "outcome": "answered",
    "offered_at": "2026-11-20T08:59:03.120000Z",
    "answered_at": "2026-11-20T08:59:41.900000Z",
    "ended_at": "2026-11-20T09:02:10.400000Z",
    "did": "+37052000000",
    "ani": "+37060000001",
    "ani_name": "Ona",
    "language": "lt",
    "path": ["welcome", "main"],
    "facts": {"intent": "invoice"},
    "department": "billing",
    "departments": ["billing"],
    "destination": "department billing",
    "waited": 21.4,
    "talked": 148.5,
    "answered_by": "alice",
    "rung": ["alice"],
    "talks": [
        {
            "agent": "alice",
            "department": "billing",
            "since": "2026-11-20T08:59:41.900000Z",
            "talked": 148.5,
            "held": 0.0,
        }
    ],
    "hung_up_first": "caller",
    "abandoned_in": "",
    "estimated": False,
    "site": "5f1c2a9b7d04",
}
CALLS: dict[str, object] = {"day": "2026-11-20", "calls": [CALL], "next": "1795309200-42"}
STORY: dict[str, object] = {
    "call": CALL,
    "events": [
        {
            "kind": "agents_offered",
            "at": "2026-11-20T08:59:36.100000Z",
            "agent": "",
            "department": "billing",
            "data": {"agents": ["alice"], "why": "longest idle", "why_not": {"bob": "paused: lunch"}},
        }
    ],
    "sentences": [
        {
            "at": "2026-11-20T08:59:36.100000Z",
            "text": "alice rang (longest idle).",
            "why_not": {"bob": "paused: lunch"},
        }
    ],
}
AGENT: dict[str, object] = {
    "name": "alice",
    "full_name": "Alice Doe",
    "phone": "101",
    "departments": ["reception", "billing"],
    "state": "paused",
    "reason": "lunch",
    "since": "2026-11-20T09:02:13.400000Z",
    "calls": 7,
    "call": "",
    "then": "",
    "phone_state": "not_in_use",
    "trouble": "",
}
AGENTS: dict[str, object] = {"agents": [AGENT]}
READY: dict[str, object] = {
    "ready": False,
    "checks": {
        "database": {"ok": True, "detail": "answers"},
        "asterisk": {"ok": False, "detail": "out of reach"},
        "calls": {"ok": True, "detail": "are let in"},
        "journal": {"ok": True, "detail": "stores in the database"},
    },
}
