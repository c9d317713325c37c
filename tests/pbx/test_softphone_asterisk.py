"""Softphones at a real Asterisk: what every test and the demo will do with them."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pbx.installation import Installation
from pbx.plan import free_ports
from pbx.softphone import Phones
from pbx.softphone_errors import RegistrationRefused
from pbx.softphone_phone import Phone
from pbx.supervisor import Asterisk
from pbx.tones import segments
from tests.asterisk.house import patience
from tests.asterisk.talking import hears, joined
from tests.pbx.pbx_fakes import AgiCall, AgiServer, finish, running

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


async def to_colleague(call: AgiCall) -> None:
    """Connect with the phone whose extension was dialled, as the router would."""
    name = {"101": "alice", "102": "front-desk"}[call.header["agi_arg_2"]]
    await call.command(f"EXEC Dial PJSIP/{name},20")
    await finish(call)


async def to_alice(call: AgiCall) -> None:
    await call.command("EXEC Dial PJSIP/alice,20")
    await finish(call)


async def menu(call: AgiCall) -> None:
    """A prompt, one key, another prompt."""
    await call.command("ANSWER")
    await call.command("EXEC Wait 0.5")
    await call.command('STREAM FILE beep ""')
    await call.command("WAIT FOR DIGIT 5000")
    await call.command('STREAM FILE beep ""')
    await call.command("EXEC Wait 0.5")
    await finish(call)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agi() -> AsyncIterator[AgiServer]:
    async with AgiServer() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(installation: Installation, agi: AgiServer) -> AsyncIterator[Asterisk]:
    """One Asterisk for all tests here: they leave nothing behind in it."""
    ports = {"agi_port": agi.port, "trunk_port": free_ports(address="127.0.0.2").sip}
    with tempfile.TemporaryDirectory(prefix="sw-") as folder:
        async with running(installation, Path(folder), **ports) as asterisk:
            yield asterisk


@pytest_asyncio.fixture(loop_scope="module")
async def phones(pbx: Asterisk, agi: AgiServer) -> AsyncIterator[Phones]:
    agi.behaviours |= {"internal": to_colleague, "transferred": to_colleague, "inbound": to_alice}
    async with Phones() as phones:
        yield phones


def address(pbx: Asterisk) -> str:
    return f"127.0.0.1:{pbx.plan.ports.sip}"


async def register(phones: Phones, pbx: Asterisk, name: str) -> Phone:
    secret = next(phone.secret for phone in pbx.plan.phones if phone.name == name)
    return await phones.register(name, secret, address(pbx))


async def test_a_phone_registers_and_says_goodbye(phones: Phones, pbx: Asterisk) -> None:
    with pytest.raises(RegistrationRefused) as refused:
        await phones.register("alice", "not-her-secret", address(pbx))
    assert refused.value.code in (401, 403)

    alice = await register(phones, pbx, "alice")
    assert alice.registered
    assert alice.address in await pbx.cli("pjsip show contacts")
    await alice.close()
    assert alice.address not in await pbx.cli("pjsip show contacts")


async def test_colleagues_hear_each_other_through_asterisk(phones: Phones, pbx: Asterisk, tmp_path: Path) -> None:
    alice, desk = await register(phones, pbx, "alice"), await register(phones, pbx, "front-desk")
    out = await alice.call("102")
    into = await desk.incoming()
    assert (into.number, into.name) == ("101", "Alice Doe")
    await into.answer()
    await out.confirmed()
    await asyncio.gather(out.play_tone(440), into.play_tone(550))
    await asyncio.gather(hears(out, 550, tmp_path), hears(into, 440, tmp_path))
    await out.keys("5#")
    await into.heard_keys("5#")

    await into.hang_up()
    assert (await out.ended()).by == "there"


async def test_a_customer_is_passed_on_without_consultation(phones: Phones, pbx: Asterisk) -> None:
    alice, desk = await register(phones, pbx, "alice"), await register(phones, pbx, "front-desk")
    customer = await phones.caller("+37060000001", "Ona", server=address(pbx))
    outside = await customer.call("+37052000000")
    first = await alice.incoming()
    assert (first.number, first.name) == ("+37060000001", "Ona")
    await first.answer()
    await joined(outside, first)

    assert await first.transfer("102") == 200
    second = await desk.incoming()
    assert second.number == "+37060000001"
    await second.answer()
    await first.ended()
    assert outside.end is None
    await outside.hang_up()
    await second.ended()


async def test_a_customer_is_passed_on_after_consultation(phones: Phones, pbx: Asterisk, tmp_path: Path) -> None:
    alice, desk = await register(phones, pbx, "alice"), await register(phones, pbx, "front-desk")
    customer = await phones.caller("+37060000001", "Ona", server=address(pbx))
    outside = await customer.call("+37052000000")
    first = await alice.incoming()
    await first.answer()
    await joined(outside, first)
    await first.hold()
    consultation = await alice.call("102")
    second = await desk.incoming()
    await second.answer()
    await joined(consultation, second)

    assert await first.transfer_to(consultation) == 200
    await asyncio.gather(first.ended(), consultation.ended())
    await outside.play_tone(700)
    await hears(second, 700, tmp_path)
    await second.hang_up()


async def test_the_time_from_a_key_to_the_next_prompt(
    phones: Phones, pbx: Asterisk, agi: AgiServer, tmp_path: Path
) -> None:
    agi.behaviours["inbound"] = menu
    customer = await phones.caller("+37060000001", server=address(pbx))
    call = await customer.call("+37052000000")
    recording = await call.start_recording(tmp_path / "heard.wav")
    assert await call.lasts(2.0)
    (pressed,) = await call.keys("1", milliseconds=80)
    await call.ended()

    prompts = [recording.started + start for start, _ in segments(recording.path, gap=0.4)]
    assert len(prompts) == 2
    assert 0.0 < prompts[1] - pressed.at < patience(0.5)


async def test_asterisk_calls_the_carrier(phones: Phones, pbx: Asterisk) -> None:
    carrier = await phones.caller("carrier", server=address(pbx), bind=pbx.plan.trunk_address, port=pbx.plan.trunk_port)
    await pbx.cli("channel originate PJSIP/+37060000002@trunk application Wait 5")
    call = await carrier.incoming()
    assert "+37060000002" in call.headers["To"]
    await call.answer()
    await call.hang_up()
