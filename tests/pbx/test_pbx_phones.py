"""Real phones on the real Asterisk: ringing, vanishing, transfers, and conversations that outlive us."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbx.installation import Installation
from pbx.softphone import Phones
from pbx.softphone_errors import RegistrationRefused
from pbx.softphone_phone import Phone
from pbx.supervisor import Asterisk
from tests.asterisk.house import patience
from tests.asterisk.talking import joined
from tests.pbx.pbx_fakes import DEADLINE, AgiCall, AgiServer, AmiListener, Bell, finish, running

pytestmark = pytest.mark.asterisk

CUSTOMER = "+37060000001"


@pytest.fixture
async def pbx(installation: Installation, folder: Path, agi: AgiServer, bell: Bell) -> AsyncIterator[Asterisk]:
    attendant = folder / "attendant"
    attendant.write_text(f'#!/bin/sh\nwhile read -r line && [ "$line" ]; do :; done\necho "$1" > {bell.path}\n')
    attendant.chmod(0o700)
    changes = {"attendant_command": attendant, "emergency_phones": ("alice",)}
    async with running(installation, folder, agi_port=agi.port, **changes) as asterisk:
        yield asterisk


@pytest.fixture
async def phones() -> AsyncIterator[Phones]:
    async with Phones() as phones:
        yield phones


@pytest.fixture
async def alice(pbx: Asterisk, phones: Phones) -> Phone:
    return await phones.register("alice", "secret-of-alice", address(pbx))


@pytest.fixture
async def desk(pbx: Asterisk, phones: Phones) -> Phone:
    return await phones.register("front-desk", "secret-of-desk", address(pbx))


@pytest.fixture
async def customer(pbx: Asterisk, phones: Phones) -> Phone:
    return await phones.caller(CUSTOMER, "A Customer", server=address(pbx), bind="127.0.0.2")


@pytest.fixture
async def ami(pbx: Asterisk) -> AsyncIterator[AmiListener]:
    async with AmiListener.connect(pbx.plan.ports.ami, "switchroom", pbx.plan.ami_secret) as listener:
        yield listener


def address(pbx: Asterisk) -> str:
    return f"127.0.0.1:{pbx.plan.ports.sip}"


async def to_alice(call: AgiCall) -> None:
    """Do what the waiting room does when it has found somebody."""
    await call.command('EXEC Dial "PJSIP/alice,20,g"')
    await finish(call)


async def state_becomes(ami: AmiListener, phone: str, state: str) -> None:
    await ami.until(
        lambda message: (
            message.get("Event") == "DeviceStateChange"
            and message["Device"] == f"PJSIP/{phone}"
            and message["State"] == state
        )
    )


async def test_a_wrong_secret_is_refused(pbx: Asterisk, phones: Phones) -> None:
    with pytest.raises(RegistrationRefused):
        await phones.register("alice", "not-the-secret", address(pbx))


async def test_a_customer_reaches_an_operator(agi: AgiServer, ami: AmiListener, alice: Phone, customer: Phone) -> None:
    agi.behaviours["inbound"] = to_alice
    outgoing = await customer.call("+37052000000")
    incoming = await alice.incoming()
    assert incoming.number == CUSTOMER
    await incoming.answer()
    await outgoing.confirmed()
    await state_becomes(ami, "alice", "BUSY")  # one conversation at a time
    await incoming.hang_up()
    await outgoing.ended()
    await state_becomes(ami, "alice", "NOT_INUSE")


async def test_a_vanished_phone_is_noticed(ami: AmiListener, alice: Phone) -> None:
    begin = asyncio.get_running_loop().time()
    await alice.vanish()
    await state_becomes(ami, "alice", "UNAVAILABLE")
    assert asyncio.get_running_loop().time() - begin < patience(10.0)


async def test_a_conversation_outlives_us_and_is_not_followed_by_a_menu(
    agi: AgiServer, ami: AmiListener, bell: Bell, alice: Phone, customer: Phone
) -> None:
    died = asyncio.Event()

    async def die_in_the_middle(call: AgiCall) -> None:
        call.writer.write(b'EXEC Dial "PJSIP/alice,20,g"\n')
        await died.wait()
        call.writer.transport.abort()

    agi.behaviours["inbound"] = die_in_the_middle
    outgoing = await customer.call("+37052000000")
    incoming = await alice.incoming()
    await incoming.answer()
    await outgoing.confirmed()
    died.set()
    # Keys still cross from one to the other: the conversation goes on without us.
    await joined(outgoing, incoming)
    await incoming.hang_up()
    await outgoing.ended()
    assert bell.is_silent()


async def test_a_transfer_comes_out_at_its_entry(agi: AgiServer, alice: Phone, customer: Phone) -> None:
    agi.behaviours["inbound"] = to_alice
    outgoing = await customer.call("+37052000000")
    incoming = await alice.incoming()
    await incoming.answer()
    assert (await agi.next_call()).script == "inbound"
    await joined(outgoing, incoming)  # a transfer before that is refused
    await incoming.transfer("102")
    came = await agi.next_call()
    assert (came.script, came.arguments[1]) == ("transferred", "102")


async def test_without_us_colleagues_still_reach_each_other(pbx: Asterisk, alice: Phone, desk: Phone) -> None:
    await pbx.cli("dialplan set global SWITCHROOM_AGI 127.0.0.1:9")  # where nobody listens
    outgoing = await desk.call("101")
    await (await alice.incoming()).answer()
    await outgoing.confirmed()


async def test_without_us_and_attendant_the_emergency_phones_ring(pbx: Asterisk, alice: Phone, customer: Phone) -> None:
    await pbx.cli("dialplan set global SWITCHROOM_AGI 127.0.0.1:9")
    await pbx.cli("dialplan set global SWITCHROOM_ATTENDANT /nonexistent")
    outgoing = await customer.call("+37052000000")
    await (await alice.incoming(DEADLINE)).answer()
    await outgoing.confirmed()


async def test_a_command_in_a_dialled_number_becomes_a_number(agi: AgiServer, customer: Phone) -> None:
    await customer.call("5&PJSIP/900@trunk".replace("@", "%40"))
    came = await agi.next_call()
    assert (came.script, came.arguments[1]) == ("inbound", "5900")
