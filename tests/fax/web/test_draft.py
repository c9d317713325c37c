"""What is wrong with an order, field by field, and what becomes of one that is right."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fax.documents.model import Resolution
from fax.model import CoverNote
from fax.web.draft import Draft
from tests.fax.house import SITE

NOW = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)
RIGHT = {"box": "billing", "number": "+370 600 00007"}


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"box": ""}, "box", "Choose the fax box"),
        ({"box": "support"}, "box", "You do not send from this box"),
        ({"number": ""}, "number", "Write the fax number"),
        ({"number": "abc"}, "number", "is no number"),
        ({"number": "+1 212 555 0100"}, "number", "not among the numbers that may be called"),
        ({"number": "+370 900 12345"}, "number", "costs extra"),
        ({"name": "x" * 201}, "name", "at most 200"),
        ({"subject": "x" * 201}, "subject", "at most 200"),
        ({"resolution": "finest"}, "resolution", "standard, fine, superfine"),
        ({"cover": "perhaps"}, "cover", "Write 1"),
        ({"cover": "1", "cover_to": "x" * 501}, "cover_to", "at most 500"),
        ({"cover": "1", "cover_note": "x" * 20_001}, "cover_note", "at most 20000"),
        ({"when": "later"}, "send_at", "Choose day and time"),
        ({"send_at": "tomorrow"}, "send_at", "2026-11-20T14:30"),
        ({"send_at": "0001-01-01T00:00"}, "send_at", "2026-11-20T14:30"),
        ({"send_at": "2026-03-27T10:30"}, "send_at", "gone by"),
        ({"send_at": "2028-01-01T10:30"}, "send_at", "within a year"),
        ({"send_at": "2026-03-29T03:30"}, "send_at", "clocks go forward"),
        ({"confirm": "ona@acme.example, nobody"}, "confirm", "nobody is no mail address"),
        ({"confirm": "a@b\r\nBcc:x@y.example"}, "confirm", "is no mail address"),
        ({"confirm": " ".join(f"a{n}@b.example" for n in range(11))}, "confirm", "at most 10"),
        ({"key": "x" * 201}, "key", "at most 200"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_wrong_is_said_beside_its_field(given: dict[str, str], field: str, said: str) -> None:
    found = Draft.of({**RIGHT, **given}).mistakes(SITE, NOW, ["billing"])
    assert list(found) == [field] and said in found[field]


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ({}, None),
        ({"when": "now", "send_at": "2020-01-01T10:00"}, None),
        ({"when": "later", "send_at": "2026-03-27T14:30"}, datetime(2026, 3, 27, 12, 30, tzinfo=UTC)),
        ({"send_at": "2026-03-30T14:30"}, datetime(2026, 3, 30, 11, 30, tzinfo=UTC)),
        ({"send_at": "2026-03-27T14:30:00Z"}, datetime(2026, 3, 27, 14, 30, tzinfo=UTC)),
        ({"send_at": "2026-03-27T10:55"}, datetime(2026, 3, 27, 8, 55, tzinfo=UTC)),
    ],
    ids=["nothing said", "now", "winter", "summer", "with a zone", "just gone by"],
)
def test_when_it_goes_out(given: dict[str, str], at: datetime | None) -> None:
    draft = Draft.of({**RIGHT, **given})
    assert draft.mistakes(SITE, NOW, ["billing"]) == {}
    assert draft.order(SITE, "alice", "").send_at == at


def test_an_order_holds_what_was_written() -> None:
    given = {
        **RIGHT, "name": " Ona ", "subject": "Order", "resolution": "superfine", "cover": "1", "cover_to": "Ona",
        "cover_note": "As agreed.", "confirm": "a@b.example; c@d.example,a@b.example",
    }  # fmt: skip
    order = Draft.of(given).order(SITE, "alice", "key")
    assert (order.name, order.subject, order.resolution) == ("Ona", "Order", Resolution.SUPERFINE)
    assert order.cover == CoverNote("Ona", "", "As agreed.")
    assert (order.confirm, order.sent_by, order.key) == (("a@b.example", "c@d.example"), "alice", "key")


@pytest.mark.parametrize(
    ("given", "idle"),
    [
        ({}, []),
        ({"subjekt": "x"}, ["subjekt"]),
        ({"cover_to": "Ona"}, ["cover_to"]),
        ({"cover": "1", "cover_to": "Ona"}, []),
    ],
)
def test_fields_that_mean_nothing(given: dict[str, str], idle: list[str]) -> None:
    assert Draft.of(given).idle(given) == idle
