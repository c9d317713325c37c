"""The fixed dialplan in a real Asterisk: where calls come out, and what happens when Switchroom is not there."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pbx.installation import Installation
from pbx.supervisor import Asterisk
from tests.pbx.pbx_fakes import DEADLINE, AgiCall, AgiServer, AmiListener, Behaviour, Bell, die, finish, running

pytestmark = pytest.mark.asterisk

DID = "+37052000000"


@pytest.fixture
async def pbx(installation: Installation, folder: Path, agi: AgiServer, bell: Bell) -> AsyncIterator[Asterisk]:
    attendant = folder / "attendant"
    write_attendant(attendant, bell, "exit 0")
    async with running(installation, folder, agi_port=agi.port, attendant_command=attendant) as asterisk:
        # What rings in an emergency is a globally known text; here it is a door that the test can watch.
        await asterisk.cli("dialplan add extension s,1,AGI,agi://${SWITCHROOM_AGI}/emergency into emergency")
        await asterisk.cli("dialplan set global SWITCHROOM_EMERGENCY Local/s@emergency")
        yield asterisk


@pytest.fixture
async def ami(pbx: Asterisk) -> AsyncIterator[AmiListener]:
    async with AmiListener.connect(pbx.plan.ports.ami, "switchroom", pbx.plan.ami_secret) as listener:
        yield listener


def write_attendant(path: Path, bell: Bell, ending: str) -> None:
    # The environment of AGI comes first, up to an empty line; a good guest reads it.
    path.write_text(f'#!/bin/sh\nwhile read -r line && [ "$line" ]; do :; done\necho "$1" > {bell.path}\n{ending}\n')
    path.chmod(0o700)


async def call(pbx: Asterisk, extension: str, context: str = "switchroom-trunk") -> None:
    # Not awaited to its end by Asterisk: the command returns at once.
    await pbx.cli(f"channel originate Local/{extension}@{context} application Wait 1")


@pytest.mark.parametrize(
    ("context", "dialled", "entry", "target"),
    [
        pytest.param("switchroom-trunk", DID, "inbound", DID, id="number of ours"),
        pytest.param("switchroom-trunk", "support", "inbound", "support", id="name instead of a number"),
        pytest.param("switchroom-trunk", "s", "inbound", "", id="no number at all"),
        pytest.param("switchroom-trunk", "5&PJSIP-900", "inbound", "5900", id="smuggled command"),
        pytest.param("switchroom-phones", "102", "internal", "102", id="colleague"),
        pytest.param("switchroom-phones", "front-desk", "internal", "front-desk", id="colleague by name"),
        pytest.param("switchroom-phones", "0037060000000", "internal", "0037060000000", id="number outside"),
        pytest.param("switchroom-phones", "*21", "feature", "*21", id="feature code"),
        pytest.param("switchroom-phones", "*21*5#", "feature", "*21*5#", id="feature code with a value"),
        pytest.param("switchroom-transferred", "102", "transferred", "102", id="transfer to a colleague"),
        pytest.param("switchroom-transferred", "*5", "transferred", "*5", id="transfer to a code"),
        pytest.param("switchroom-transferred", "external_replaces", "early", "", id="transfer into a call not found"),
        pytest.param("switchroom-passed-on", "s", "early", "", id="caller put into a call that rings"),
        pytest.param("switchroom-originate", "job-42", "originated", "job-42", id="call of our own"),
    ],
)
async def test_a_call_comes_out_at_its_entry(
    pbx: Asterisk, agi: AgiServer, context: str, dialled: str, entry: str, target: str
) -> None:
    await call(pbx, dialled, context)
    came = await agi.next_call()
    assert (came.script, came.arguments) == (entry, ("token-of-agi", target))


async def test_a_finished_call_ends_and_starts_nothing_else(
    pbx: Asterisk, agi: AgiServer, ami: AmiListener, bell: Bell
) -> None:
    await call(pbx, DID)
    assert (await agi.next_call()).script == "inbound"
    await ami.hung_up(f"Local/{DID}@switchroom-trunk-")
    await ami.hung_up(f"Local/{DID}@switchroom-trunk-")
    assert (agi.more, bell.is_silent()) == (0, True)


async def test_the_number_dialled_is_known_to_every_leg_of_the_call(pbx: Asterisk, agi: AgiServer) -> None:
    seen: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def look(caller: AgiCall) -> None:
        seen.set_result(await caller.command("GET VARIABLE SWITCHROOM_DID"))
        await finish(caller)

    agi.behaviours["inbound"] = look
    await call(pbx, DID)
    assert await asyncio.wait_for(seen, DEADLINE) == f"200 result=1 ({DID})"


async def after_a_conversation(caller: AgiCall) -> None:
    await caller.command("SET VARIABLE DIALSTATUS ANSWER")


async def after_a_fax(caller: AgiCall) -> None:
    await caller.command("SET VARIABLE SWITCHROOM_FAX taking-1")
    await caller.command("SET VARIABLE FAXPAGES 1")


async def after_an_attempt_at_a_fax(caller: AgiCall) -> None:
    await caller.command("SET VARIABLE SWITCHROOM_FAX taking-1")
    await caller.command("SET VARIABLE FAXPAGES 0")


async def mark_and_fail(caller: AgiCall) -> None:
    await finish(caller)
    await caller.command("EXEC NoSuchApplication")


@dataclass(frozen=True)
class Survival:
    """How Switchroom and the attendant behave, and who must be reached."""

    server: Behaviour
    attendant: str = "exit 0"
    limit: str = "4"
    attendant_called: bool = False
    phones_rung: bool = False


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Survival(die, attendant_called=True), id="server died: attendant"),
        pytest.param(Survival(mark_and_fail), id="good end whose last command failed: nobody"),
        pytest.param(Survival(after_a_conversation), id="server died during a conversation: nobody"),
        pytest.param(Survival(after_a_fax), id="server died while a fax came: nobody"),
        pytest.param(
            Survival(after_an_attempt_at_a_fax, attendant_called=True), id="server died, and it was no fax: attendant"
        ),
        pytest.param(Survival(die, "exit 1", attendant_called=True, phones_rung=True), id="attendant fails: phones"),
        pytest.param(
            Survival(die, "kill -9 $$", attendant_called=True, phones_rung=True), id="attendant killed: phones"
        ),
        pytest.param(
            Survival(die, "echo SET VARIABLE SWITCHROOM_DONE 1; read -r answer; exit 1", attendant_called=True),
            id="attendant marks the call and fails afterwards: nobody",
        ),
        pytest.param(Survival(die, limit="0", phones_rung=True), id="too many attendants: phones"),
    ],
)
async def test_a_call_survives_us(
    pbx: Asterisk, agi: AgiServer, ami: AmiListener, bell: Bell, folder: Path, case: Survival
) -> None:
    write_attendant(folder / "attendant", bell, case.attendant)
    await pbx.cli(f"dialplan set global SWITCHROOM_ATTENDANTS {case.limit}")
    agi.behaviours["inbound"] = case.server
    await call(pbx, DID)
    assert (await agi.next_call()).script == "inbound"
    if case.attendant_called:
        assert await bell.rung() == DID
    if case.phones_rung:
        assert (await agi.next_call()).script == "emergency"
    else:
        await ami.hung_up(f"Local/{DID}@switchroom-trunk-")
        await ami.hung_up(f"Local/{DID}@switchroom-trunk-")
    assert (agi.more, bell.is_silent()) == (0, True)


async def test_without_a_server_the_attendant_answers_at_once(
    installation: Installation, folder: Path, bell: Bell
) -> None:
    write_attendant(folder / "attendant", bell, "exit 0")
    async with running(installation, folder, agi_port=9, attendant_command=folder / "attendant") as pbx:
        await call(pbx, DID)
        assert await bell.rung() == DID


class Carrier(asyncio.DatagramProtocol):
    """The other end of the trunk: hears what Asterisk sends."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[str] = asyncio.Queue(100)

    def datagram_received(self, data: bytes, address: object) -> None:
        self.heard.put_nowait(data.decode(errors="replace"))

    async def until(self, beginning: str) -> str:
        async with asyncio.timeout(DEADLINE):
            while not (said := await self.heard.get()).startswith(beginning):
                pass
            return said


async def test_colleagues_reach_each_other_without_us(installation: Installation, folder: Path) -> None:
    loop = asyncio.get_running_loop()
    transport, carrier = await loop.create_datagram_endpoint(Carrier, local_addr=("127.0.0.2", 0))
    port = transport.get_extra_info("sockname")[1]
    async with running(installation, folder, agi_port=9, trunk_port=port) as pbx:
        # A phone that needs no registration to be rung: the trunk takes its place.
        await pbx.cli("dialplan set global SWITCHROOM_PHONE_102 trunk")
        await call(pbx, "102", "switchroom-phones")
        assert "To: <sip:127.0.0.2" in await carrier.until("INVITE ")
    transport.close()


async def test_a_call_on_the_trunk_is_known_by_its_address(
    installation: Installation, folder: Path, agi: AgiServer
) -> None:
    loop = asyncio.get_running_loop()
    async with running(installation, folder, agi_port=agi.port) as pbx:
        transport, _ = await loop.create_datagram_endpoint(Carrier, local_addr=("127.0.0.2", 0))
        port = transport.get_extra_info("sockname")[1]
        body = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n"
            "m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
        )
        invite = (
            f"INVITE sip:{DID}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2:{port};branch=z9hG4bK1;rport\r\n"
            f'From: "A Customer" <sip:+37060000001@127.0.0.2>;tag=1\r\nTo: <sip:{DID}@127.0.0.1>\r\n'
            f"Call-ID: one\r\nCSeq: 1 INVITE\r\nContact: <sip:c@127.0.0.2:{port}>\r\nMax-Forwards: 70\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        transport.sendto(invite.encode(), ("127.0.0.1", pbx.plan.ports.sip))
        came = await agi.next_call()
        assert (came.script, came.arguments[1], came.header["agi_callerid"]) == ("inbound", DID, "+37060000001")
        transport.close()


@pytest.mark.parametrize(
    ("extension", "device"), [("101", "PJSIP/alice"), ("alice", "PJSIP/alice"), ("102", "PJSIP/front-desk")]
)
async def test_lamps_know_people_and_phones(ami: AmiListener, extension: str, device: str) -> None:
    state = await ami.act(Action="ExtensionState", Exten=extension, Context="switchroom-phones")
    assert (state["Hint"], state["StatusText"]) == (device, "Unavailable")


async def test_ami_keeps_the_flood_and_the_dangerous_actions_away(pbx: Asterisk, ami: AmiListener) -> None:
    refused = await ami.act(Action="Originate", Channel="Local/1@switchroom-phones", Application="System")
    assert refused["Message"] == "Permission denied"
    await call(pbx, DID)
    first = await ami.until(lambda message: message.get("Event") in ("VarSet", "Newexten", "Hangup"))
    assert first["Event"] == "Hangup"


async def test_the_originating_user_may_place_a_call_and_nothing_else(pbx: Asterisk, agi: AgiServer) -> None:
    secret = pbx.plan.ami_originate_secret
    async with AmiListener.connect(pbx.plan.ports.ami, "switchroom-originate", secret) as user:
        refused = await user.act(Action="Getvar", Variable="SWITCHROOM_TOKEN")
        assert refused["Message"] == "Permission denied"
        placed = await user.act(
            Action="Originate", Channel="Local/102@switchroom-phones", Context="switchroom-originate",
            Exten="job-7", Priority="1", Async="true",
        )  # fmt: skip
        assert placed["Response"] == "Success"
        assert (await agi.next_call()).arguments[1] == "102"
