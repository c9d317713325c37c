"""What changed, in words that an admin reads aloud: a table of edits and their sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from config.diff.changes import changes
from config.schema import Site

BASE_ALICE = {"name": "Alice Doe", "phone": 101, "departments": ["billing", "support"]}
BASE: dict[str, Any] = {
    "company": {"name": "Acme", "languages": ["en", "lt"], "timezone": "Europe/Vilnius"},
    "numbers": {"+37052000000": {"menu": "main"}},
    "menus": {
        "main": {
            "say": {"en": "Press 1 or 2.", "lt": "Spauskite 1 arba 2."},
            "keys": {"1": "billing", "2": "sales", "3": "technical"},
        },
        "technical": {"say": {"en": "Press 1."}, "keys": {"1": "billing", "9": "repeat"}},
        "code": {
            "say": "Your code.",
            "collect": {"name": "code", "length": 6, "secret": True, "go": "billing"},
        },
    },
    "departments": {
        "billing": {"overflow": {"after": "2m", "go": {"voicemail": "billing"}}},
        "sales": {"hours": "office", "closed": {"voicemail": "billing"}},
        "support": {},
    },
    "people": {"alice": BASE_ALICE, "bob": {"name": "Bob", "phone": 102}},
    "hours": {"office": {"open": ["mon-fri 09:00-18:00", "sun 10:00-14:00"], "holidays": "LT"}},
    "mailboxes": {"billing": {"pin": "4711"}},
    "mail": {"server": "mail.acme.example", "sender": "a@acme.example", "user": "us", "password": "of-before"},
}


def edited(base: Any, edit: Mapping[str, Any]) -> Any:
    """Return the base with values put at dotted paths; None takes one away."""
    if not isinstance(base, dict):
        return base
    copy = {key: edited(value, {}) for key, value in base.items()}
    for path, value in edit.items():
        *way, last = path.split("/")
        place = copy
        for step in way:
            place = place.setdefault(step, {})
        if value is None:
            place.pop(last)
        else:
            place[last] = value
    return copy


def words(edit: Mapping[str, Any]) -> list[str]:
    old, new = Site.model_validate(BASE), Site.model_validate(edited(BASE, edit))
    assert changes(old, old) == ()
    return [change.text for change in changes(old, new)]


TEST = {"name": "noon", "call": {"to": "+37052000000", "at": "2026-11-24T12:00"}, "expect": {"closed": False}}
OFFICE = "hours/office/open"
SUNDAY = "on Sundays 10:00–14:00 key 2 of the menu main now leads to voicemail billing instead of the department sales"
CASES = {
    "key": ({"menus/main/keys/1": "support"}, [
        "key 1 of the menu main now leads to the department support instead of the department billing"]),
    "same key, written longer": ({"menus/main/keys/1": {"go": {"department": "billing"}}}, [

        "keys 1 go of the menu main is written in another way, and is the department billing as before"]),
    "key more": ({"menus/main/keys/4": {"voicemail": "billing"}}, [
        "key 4 of the menu main now leads to voicemail billing"]),
    "key less": ({"menus/main/keys/3": None}, [
        "key 3 of the menu main does nothing any more; before, it led to the menu technical"]),
    "closed on Sundays": ({OFFICE: ["mon-fri 09:00-18:00"]}, [
        SUNDAY, "office is now closed on Sundays; it was open 10:00–14:00"]),
    "earlier on Fridays": ({OFFICE: ["mon-thu 09:00-18:00", "fri 09:00-17:00", "sun 10:00-14:00"]}, [
        "on Fridays 17:00–18:00 key 2 of the menu main now leads to voicemail billing instead of the department sales",
        "office now closes at 17:00 on Fridays instead of 18:00"]),
    "other text, same times": ({OFFICE: ["mon,tue,wed-fri 09:00-18:00", "sun 10:00-12:00,12:00-14:00"]}, [
        "office is written in another way; the times are the same"]),
    "holidays": ({"hours/office/holidays": "LV"}, [
        "office now keeps the public holidays of LV instead of those of LT"]),
    "single day": ({"hours/office/closed_on": ["2026-12-23"]}, [
        "on 2026-12-23 office is now closed; it was as on any such day"]),
    "clock": ({"hours/office/timezone": "Europe/Riga"}, [
        "office now goes by the clock of Europe/Riga instead of the company"]),
    "duration": ({"departments/billing/ring_for": "30s"}, ["billing rings for 30 s instead of 20 s"]),
    "overflow": ({"departments/billing/overflow/after": "90s"}, [
        "callers of billing are led elsewhere after 90 s instead of 2 min"]),
    "spoken": ({"menus/technical/say/lt": "Spauskite 1."}, ["the menu technical says in Lithuanian: “Spauskite 1.”"]),
    "spoken otherwise": ({"menus/technical/say/en": "Dial 1."}, [
        "the menu technical says in English: “Dial 1.”, not “Press 1.”"]),
    "another language beside the one": ({"menus/code/say": {"en": "Your code.", "lt": "Jūsų kodas."}}, [
        "the menu code says in Lithuanian: “Jūsų kodas.”"]),
    "hours": ({"hours/shop": {"open": ["sat 10:00-14:00"], "holidays": "LV", "closed_on": ["2026-12-31", "2026-01-02"],
                              "open_on": {"2026-12-24": "10:00-12:00"}, "timezone": "Europe/Riga"}}, [
        "the hours shop is new: open sat 10:00-14:00; closed on the public holidays of LV; "
        "closed on 2026-01-02 and 2026-12-31; open 10:00-12:00 on 2026-12-24; by the clock of Europe/Riga"]),
    "no longer spoken": ({"menus/main/say/lt": None}, ["the menu main says nothing in Lithuanian any more"]),
    "answers no longer": ({"people/alice/departments": ["billing"]}, ["Alice Doe no longer answers for support"]),
    "person": ({"people/eve": {"name": "Eve Roe", "phone": 103, "departments": ["sales"]}}, [
        "Eve Roe is new and answers for sales"]),
    "menu renamed": (
        {"menus/technical": None, "menus/tech": BASE["menus"]["technical"], "menus/main/keys/3": "tech"},
        ["the menu technical is now called tech"]),
    "PIN": ({"mailboxes/billing/pin": "0815"}, ["the PIN of the mailbox billing was changed"]),
    "password": ({"mail/password": "of-now"}, ["the password of mail was changed"]),
    "door of a department": ({"departments/sales/closed": "billing"}, [
        "when sales is closed, callers are now led to the department billing instead of voicemail billing"]),
    "test more": ({"tests": [TEST]}, ["the test noon is new"]),
    "PIN of a deed": ({"by_phone/closing": {"pin": "4712"}}, ["the line can now be closed by phone"]),
    "first language": ({"company/languages": ["lt", "en"]}, [
        "callers who have chosen no language now hear Lithuanian instead of English"]),
    "digits no longer secret": ({"menus/code/collect/secret": False}, [
        "what is entered in the menu code is no longer secret: it is kept with the call, and shown"]),
    "asks once": ({"menus/technical/silence/tries": 1}, [
        "the menu technical now asks once before it gives up after silence, instead of twice"]),
    "days in a row": ({"hours/office/closed_on": ["2026-12-30", "2026-12-31", "2027-01-01", "2027-01-04"]}, [
        "from 2026-12-30 to 2027-01-01 office is now closed; it was as on any such day",
        "on 2027-01-04 office is now closed; it was as on any such day"]),
    "number spelled otherwise": ({"numbers/+37052000000": None, "numbers/+370 5 200 0000": {"menu": "main"}}, [
        "the number +37052000000 is written in another way, +370 5 200 0000; it is the same number"]),
    "department renamed": (
        {"departments/support": None, "departments/helpers": {}, "people/alice/departments": ["billing", "helpers"]},
        ["the department support is now called helpers; its messages and figures of before stay under support"]),
    "department that others answer for": (
        {"departments/support": None, "departments/helpers": {}, "people/alice/departments": ["billing"]},
        ["the department support is gone", "the department helpers is new", "Alice Doe no longer answers for support"]),
    "menu in place of a department": (
        {"departments/sales": None, "menus/sales": {"say": {"en": "Sales."}, "go": "support"}},
        ["every day key 2 of the menu main now leads to the menu sales instead of the department sales",
         "the menu sales is new: it says “Sales.” (English); it leads on to the department support",
         "the department sales is gone"]),
    "key with a meaning": ({"menus/main/keys/4": {"go": "sales", "as": {"intent": "buy"}}}, [
        "key 4 of the menu main now leads to the department sales and means intent buy"]),
    "order of people": ({"people": {"bob": {"name": "Bob", "phone": 102}, "alice": BASE_ALICE}}, [
        "the order in which people are rung is now Bob and Alice Doe"]),
    "number": ({"numbers/+37052000000": {"go": "sales"}}, [
        "the number +37052000000 no longer leads to the menu main",
        "the number +37052000000 now leads to the department sales"]),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "said"), CASES.values(), ids=CASES)
def test_a_change_is_told_in_words(edit: Mapping[str, Any], said: list[str]) -> None:
    assert words(edit) == said
