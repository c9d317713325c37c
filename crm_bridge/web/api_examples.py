"""The examples in the API's description of customers; a test holds them against the shapes."""

from __future__ import annotations

from typing import Any

_ONA, _ACME = "019a9f2e-7c1b-7d20-9a51-5b1f0e3c2a77", "019a9f2e-6b02-7e11-8c44-90d2f1a7b3c5"
_CALL = "1795309200-42"

CUSTOMER: dict[str, Any] = {
    "id": _ONA,
    "version": 3,
    "since": "2026-11-02T08:12:44.120000Z",
    "changed_at": "2026-11-20T09:02:31Z",
    "name": "Ona Petraitė",
    "kind": "person",
    "organisation": _ACME,
    "company": "Baltic Paper",
    "phones": [{"number": "+37060000001", "written": "8 600 00001", "label": "mobile"}],
    "mails": [{"address": "ona@paper.example", "label": "work"}],
    "handles": [{"service": "signal", "handle": "ona.01"}],
    "address": "Gedimino pr. 1, Vilnius",
    "website": "https://paper.example",
    "language": "lt",
    "status": "customer",
    "owner": "alice",
    "insiders": ["bob"],
    "relations": [{"customer": "019a9f2e-8d3c-7f00-8b1e-77aa0c9d1e42", "role": "accountant"}],
    "concerned_in": [],
    "tags": ["wholesale"],
    "fields": {"contract": "A-1204", "seats": 12},
    "made_by_us": False,
    "merged_into": None,
}
SHORT: dict[str, Any] = {
    "id": _ONA,
    "name": "Ona Petraitė",
    "kind": "person",
    "numbers": ["+37060000001"],
    "organisation": _ACME,
    "company": "Baltic Paper",
    "language": "lt",
    "status": "customer",
    "owner": "alice",
}
CUSTOMERS = {"customers": [CUSTOMER], "next": "WyJwZXRyYWl0ZSBvbmEiLCJjMSJd"}
NEW_CUSTOMER = {"name": "Ona Petraitė", "phones": [{"number": "8 600 00001", "label": "mobile"}], "tags": ["wholesale"]}
CHANGE_CUSTOMER = {"version": 2, "status": "customer", "fields": {"seats": 12}}
MATCH = {
    "match": "known",
    "said": "known",
    "number": "+37060000001",
    "customers": [SHORT],
    "count": 1,
    "switchboard": None,
    "people": [],
    "people_count": 0,
    "nameless": None,
}
NOTE: dict[str, Any] = {
    "id": "019a9f31-0c1d-7a20-9f51-1b1f0e3c2a01",
    "customer": _ONA,
    "at": "2026-11-20T09:03:00Z",
    "by": "alice",
    "text": "Wants the price list for January.",
    "interaction": _CALL,
    "disposition": "offer wanted",
}
NOTES = {"notes": [NOTE]}
NEW_NOTE = {"text": "Wants the price list for January.", "interaction": _CALL, "disposition": "offer wanted"}
CHANGE_NOTE = {"text": "Wants the price lists for January and February."}
MATTER: dict[str, Any] = {
    "id": "019a9f32-11c0-7b33-8e02-6c1f0e3c2b02",
    "version": 1,
    "customer": _ONA,
    "kind": "opportunity",
    "title": "Paper for 2027",
    "amount": 1250000,
    "currency": "EUR",
    "stage": "offered",
    "whose": "alice",
    "expected": "2026-12-15",
    "closed": None,
    "created_at": "2026-11-20T09:04:00Z",
}
MATTERS = {"matters": [MATTER]}
NEW_MATTER = {"kind": "opportunity", "title": "Paper for 2027", "amount": 1250000, "expected": "2026-12-15"}
CHANGE_MATTER = {"version": 1, "stage": "won"}
ACTIVITY: dict[str, Any] = {
    "id": "019a9f33-22d1-7c44-9f13-7d2f1e4c3c03",
    "version": 1,
    "customer": _ONA,
    "what": "Call about the offer",
    "due": "2026-11-27T08:00:00Z",
    "whose": "alice",
    "matter": "019a9f32-11c0-7b33-8e02-6c1f0e3c2b02",
    "created_at": "2026-11-20T09:05:00Z",
    "done_at": None,
    "done_by": "",
}
ACTIVITIES = {"activities": [ACTIVITY]}
NEW_ACTIVITY = {"what": "Call about the offer", "due": "2026-11-27T10:00:00+02:00", "whose": "alice"}
CHANGE_ACTIVITY = {"version": 1, "done": True}
INTERACTION: dict[str, Any] = {
    "id": _CALL,
    "customer": _ONA,
    "call": _CALL,
    "medium": "voice",
    "direction": "in",
    "number": "+37060000001",
    "started": "2026-11-20T08:59:03.120000Z",
    "ended": "2026-11-20T09:02:10.400000Z",
    "outcome": "answered",
    "result": "",
    "department": "billing",
    "answered_by": "alice",
    "waited": 21.4,
    "talked": 148.5,
    "left": "",
    "facts": {"intent": "invoice"},
    "page": f"/calls/{_CALL}",
}
INTERACTIONS = {"interactions": [INTERACTION], "next": None}
INTERACTION_STORY = {"interaction": INTERACTION, "notes": [NOTE]}
ASSIGN = {"customer": _ONA}
_STEP = {"what": "note added", "by": "alice", "about": NOTE["id"], "changes": {}}
_ENTRY = {"interaction": None, "step": None, "note": None, "one_of": 1}
TIMELINE = {
    "entries": [
        {**_ENTRY, "id": "step 00000000000000000042", "at": NOTE["at"], "step": _STEP, "note": NOTE},
        {**_ENTRY, "id": _CALL, "at": INTERACTION["started"], "interaction": INTERACTION},
    ],
    "next": "WyIyMDI2LTExLTIwVDA4OjU5OjAzLjEyMDAwMCswMDowMCIsIjE3OTUzMDkyMDAtNDIiXQ",
}
MERGE: dict[str, Any] = {
    "id": "019a9f40-30e2-7d55-8a24-8e3f2f5d4d04",
    "kept": _ONA,
    "gone": "019a9f2f-0f0f-7a0a-8b0b-0c0d0e0f1011",
    "at": "2026-11-20T09:10:00Z",
    "by": "sue",
    "until": "2026-12-04T09:10:00Z",
}
MERGES = {"merges": [MERGE]}
NEW_MERGE = {"gone": MERGE["gone"]}
MERGED = {"merge": MERGE, "customer": CUSTOMER}
