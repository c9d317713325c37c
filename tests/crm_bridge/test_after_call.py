"""What is said after a call: written once however often it is sent, and in the file of whose the call is."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta

import pytest

from callrouter.events import Event
from crm_bridge.after_call import AfterCall, Said, Talked
from ledger.errors import DatabaseUnavailable, LedgerError
from tests.crm_bridge.crm_house import JONAS, ONA, House

TALKED = Talked("c1", "alice", "billing")


class Journal:
    """Keeps what is recorded by its id, and can be away."""

    def __init__(self) -> None:
        self.events: dict[str, Event] = {}
        self.away = False

    def __call__(self, event: Event, *, id: str) -> Awaitable[object]:
        if self.away:
            raise DatabaseUnavailable
        self.events.setdefault(id, event)
        return _nothing()


async def _nothing() -> None:
    return None


@pytest.mark.parametrize("known", [True, False], ids=["of a customer", "of nobody yet"])
async def test_what_is_sent_again_is_written_once(house: House, known: bool) -> None:
    customer = await house.add("Ona", ONA)
    journal = Journal()
    after = AfterCall(house.cabinet, journal)
    said = Said("Solved", "rings back", "call", house.clock.now() + timedelta(days=1))
    whose = customer.id if known else None
    journal.away = True
    with pytest.raises(LedgerError):
        await after.say(TALKED, said, whose, "alice", once="form 1")
    journal.away = False
    for _ in range(2):
        assert await after.say(TALKED, said, whose, "alice", once="form 1") is known
    if not known:
        await after.give("c1", customer.id, "alice")
        await after.say(TALKED, said, customer.id, "alice", once="form 1")
    assert len(journal.events) == len(await house.matters.notes(customer.id)) == 1
    assert len(await house.matters.activities(customer.id)) == 1
    assert [step.what for step in await house.files.steps(customer.id)].count("note added") == 1
    await after.say(TALKED, said, customer.id, "alice", once="form 2")
    assert len(journal.events) == len(await house.matters.notes(customer.id)) == 2


async def test_a_note_is_in_the_file_of_whom_the_call_was_given_to_last(house: House) -> None:
    ona, jonas = await house.add("Ona", ONA), await house.add("Jonas", JONAS)
    after = AfterCall(house.cabinet, Journal())
    # Even before the call is written down, and after it was nobody's.
    await after.say(TALKED, Said("Solved", "first"), ona.id, "alice")
    await after.say(TALKED, Said("Solved", "second"), None, "alice")
    for customer, other in ((jonas, ona), (ona, jonas)):
        await after.give("c1", customer.id, "alice")
        assert {note.text for note in await house.matters.notes(customer.id)} == {"first", "second"}
        assert await house.matters.notes(other.id) == []
