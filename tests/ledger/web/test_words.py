"""What the pages of features share: links that lead nowhere else, deliveries in words, examples of docstrings."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

from ledger.delivery_model import Delivery, DeliveryState
from ledger.web import asking, deliveries, leading, times
from ledger.web.finding import find_only

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
WAITING = Delivery("d1", "kind", "a1", "mail", "ona@acme.example", DeliveryState.WAITING, NOW, 0, "", None, None, "j")
TRIED = replace(WAITING, attempts=2, last_reply="421 later")
REFUSED = replace(TRIED, state=DeliveryState.REFUSED, last_reply="550 no")


@pytest.mark.parametrize("module", [asking, leading, times], ids=lambda module: module.__name__)
def test_the_examples_are_true(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted and not found.failed


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example/box",
        "/box\r\nX: y",
        "/box/\\evil",
        "/boxes",
        "/other",
        "/box#x",
        "/bo\u0445",
        "",
    ],
    ids=repr,
)
def test_a_form_leads_nowhere_else(wanted: str) -> None:
    assert leading.goal_of(wanted, "/box", "/usual") == "/usual"


def test_what_is_said_is_added_to_the_address() -> None:
    assert leading.lead_to("/box?show=open", did="deleted").headers["Location"] == "/box?show=open&did=deleted"
    assert leading.lead_to("/box", **{"did": "x", "with": "a&b"}).headers["Location"] == "/box?did=x&with=a%26b"


@pytest.mark.parametrize(
    ("delivery", "late", "word", "tone"),
    [
        (WAITING, False, "On its way", "calm"),
        (WAITING, True, "Overdue", "bad"),
        (TRIED, False, "Not accepted yet", "warn"),
        (REFUSED, False, "Refused", "bad"),
        (replace(TRIED, state=DeliveryState.ACCEPTED), True, "Accepted", "good"),
        (replace(WAITING, state=DeliveryState.CANCELLED), False, "Not needed any more", "calm"),
    ],
)
def test_how_a_delivery_stands(delivery: Delivery, late: bool, word: str, tone: str) -> None:
    mark = deliveries.shown(delivery, late=late, now=NOW, zone=ZoneInfo("UTC")).mark
    assert (mark.word, mark.tone) == (word, tone)


def test_the_worst_is_what_a_list_warns_of() -> None:
    assert deliveries.worst([WAITING, TRIED, REFUSED], lambda _: False) is REFUSED
    assert deliveries.worst([TRIED, WAITING], lambda d: d is WAITING) is WAITING
    assert deliveries.worst([WAITING], lambda _: False) is None


@pytest.mark.parametrize(
    ("asked", "found"),
    [("a1b", "a1b"), ("a1", "a1"), ("b", "b2"), ("a", None), ("c", None), ("%", None), ("A1", None), ("", None)],
)
async def test_one_thing_is_found_by_the_beginning_of_its_id(asked: str, found: str | None) -> None:
    things = [replace(WAITING, id=id_) for id_ in ("a1", "a1b", "b2", "b3", "c1", "c2")]

    async def beginning(id_: str, limit: int) -> list[Delivery]:
        return [thing for thing in things if thing.id.startswith(id_)][:limit]

    only = await find_only(asked, beginning, lambda thing: thing.id != "b3")
    assert (only.id if only else None) == found
