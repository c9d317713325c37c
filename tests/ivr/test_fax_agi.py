"""Faxes over the live leg where something goes wrong on our side: the disk, the connection, the modem; and sending."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from ivr.agi import fax
from ivr.agi.fake_fax import FakeFax, tiff
from ivr.agi.fake_pbx import App, FakeCall, Faults
from ivr.agi.leg import AgiLeg, Messages
from ivr.agi.server import AgiServer
from ivr.agi.session import GRACE, AgiSession
from ivr.conversation import CallerGone, FaxTaken
from ivr.prompt_book import PromptBook
from tests.contract.conversations import HOST, TOKEN

T = TypeVar("T")
TWO = FaxTaken("", 2, ok=True, station="+370 5 233", rate=14_400, resolution=(204, 196), ecm=True)
#: ANSWER, CHANNEL STATUS twice, three settings and four commands for the word that is left come before.
FAX_COMMAND = 11
#: For one that is sent, another setting; and no word, under the ids that Asterisk gives.
SEND_COMMAND = 8


class Machine(dict[str, App]):
    """ReceiveFAX as the machine of this call has it."""

    def __init__(self, machine: FakeFax) -> None:
        self.call = FakeCall(applications=self)
        self.machine = machine

    def get(self, application: str, default: App = App()) -> App:  # type: ignore[override]  # noqa: B008  frozen; as FakeCall asks
        return self.machine.received(self.call) if application == "ReceiveFAX" else default


async def over(call: FakeCall, work: Callable[[AgiLeg], Awaitable[T]]) -> T:
    """Do something to the call's caller, and return what came of it."""
    came: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    async def handler(session: AgiSession) -> None:
        messages = Messages(Path("/nowhere"), lambda: "x")
        leg = AgiLeg(session, PromptBook({}, {}, Path("/")), messages=messages, wake_channel=lambda _: None)
        await leg.answer()
        came.set_result(await work(leg))

    server = AgiServer(handler, token=TOKEN)
    try:
        await call.run(HOST, await server.start(HOST), token=TOKEN, timeout=20.0)
        return await asyncio.wait_for(came, 20)
    finally:
        await server.close()


async def test_a_full_disk_is_found_out_though_asterisk_says_success(tmp_path: Path) -> None:
    file = tmp_path / "1.tif"
    came = await over(Machine(FakeFax(TWO, fits=1)).call, lambda leg: leg.take_fax(str(file), station="x"))
    assert came == replace(TWO, path=str(file), pages=1, ok=False, why="no room on the disk")


async def test_a_connection_that_breaks_leaves_the_pages_that_are_there(tmp_path: Path) -> None:
    file = tmp_path / "1.tif"
    file.write_bytes(tiff(1))
    call = FakeCall(faults=Faults(closes_at_command=FAX_COMMAND))
    came = await over(call, lambda leg: leg.take_fax(str(file), station="x"))
    assert call.commands[-1][:2] == ("EXEC", "ReceiveFAX")
    assert came == FaxTaken(str(file), 1, why="the connection to Asterisk was lost", gone=True)


async def test_an_asterisk_that_falls_silent_is_left_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fax, "LONGEST", -GRACE)
    call = FakeCall(faults=Faults(mute_at_command=FAX_COMMAND))
    came = await over(call, lambda leg: leg.take_fax(str(tmp_path / "1.tif"), station="x"))
    assert came == FaxTaken(came.path, why="the connection to Asterisk was lost", gone=True)


async def test_an_asterisk_without_fax(tmp_path: Path) -> None:
    call = FakeCall(applications={"ReceiveFAX": App(-2)})
    came = await over(call, lambda leg: leg.take_fax(str(tmp_path / "1.tif"), station="x"))
    assert came == FaxTaken(came.path, why="this Asterisk has no fax modem")


async def test_what_asterisk_is_told(tmp_path: Path) -> None:
    file = tmp_path / "1.tif"
    machine = Machine(FakeFax(TWO))
    await over(machine.call, lambda leg: leg.take_fax(str(file), station="Acme, +370 5 211"))
    told = [command for command in machine.call.commands[1:] if command[0] != "GET"]
    assert told[:-1] == [
        ("CHANNEL", "STATUS"),
        ("SET", "VARIABLE", "TIMEOUT(absolute)", "3600"),
        ("SET", "VARIABLE", "FAXOPT(ecm)", "yes"),
        ("SET", "VARIABLE", "FAXOPT(localstationid)", "Acme +370 5 211"),
        ("SET", "VARIABLE", "SWITCHROOM_FAX_BEGAN", ""),
        ("SET", "VARIABLE", "SWITCHROOM_FAX", "1"),
        ("SET", "VARIABLE", "CHANNEL(hangup_handler_push)", "switchroom-fax-end,s,1"),
        ("CHANNEL", "STATUS"),
        ("EXEC", "ReceiveFAX", f"{file},f"),
        ("CHANNEL", "STATUS"),
    ]


TAKEN_BACK = [
    ("SET", "VARIABLE", "CHANNEL(hangup_handler_pop)", ""),
    ("SET", "VARIABLE", "SWITCHROOM_FAX", ""),
]


async def test_the_word_is_taken_back_once_the_fax_is_known(tmp_path: Path) -> None:
    machine = Machine(FakeFax(TWO))

    async def taken(leg: AgiLeg) -> None:
        await leg.take_fax(str(tmp_path / "1.tif"), station="x")
        assert not set(TAKEN_BACK) & set(machine.call.commands)
        await leg.fax_is_known()
        await leg.fax_is_known()  # the second time there is none

    await over(machine.call, taken)
    assert [command for command in machine.call.commands if command in TAKEN_BACK] == TAKEN_BACK


@pytest.mark.parametrize("name", ["1.5.tif", "į.tif", f"{81 * 'x'}.tif"], ids=["a point", "a letter", "too long"])
async def test_nothing_is_kept_under_a_name_that_does_not_fit(tmp_path: Path, name: str) -> None:
    call = Machine(FakeFax(TWO)).call

    async def taken(leg: AgiLeg) -> FaxTaken:
        came = await leg.take_fax(str(tmp_path / name), station="x")
        await leg.fax_is_known()
        return came

    came = await over(call, taken)
    assert came.ok
    assert not [command for command in call.commands if "hangup_handler" in str(command)]


async def test_what_is_known_is_told_though_the_word_cannot_be_taken_back(tmp_path: Path) -> None:
    call = Machine(FakeFax(TWO)).call
    call.faults = Faults(closes_at_command=FAX_COMMAND + len(fax.TOLD) + 2)

    async def taken(leg: AgiLeg) -> FaxTaken:
        came = await leg.take_fax(str(tmp_path / "1.tif"), station="x")
        await leg.fax_is_known()
        return came

    came = await over(call, taken)
    assert call.commands[-1] == ("SET", "VARIABLE", "CHANNEL(hangup_handler_pop)", "")
    assert came == replace(TWO, path=came.path)


SENT = {
    "FAXSTATUS": "SUCCESS",
    "FAXSTATUSSTRING": "OK",
    "FAXERROR": "HANGUP",
    "FAXPAGES": "2",
    "FAXBITRATE": "14400",
    "FAXRESOLUTION": "8031x3850",
    "FAXMODE": "T38",
    "REMOTESTATIONID": "+370 5 211 0000",
}


async def sending(call: FakeCall, file: Path) -> fax.FaxSent:
    await asyncio.to_thread(file.write_bytes, tiff(2))
    came = await over(call, lambda leg: leg.send_fax(str(file), station="+370 5 233", header="Acme, Vilnius"))
    return replace(came, seconds=0.0)


@pytest.mark.parametrize("result", [0, -1], ids=["still there", "hangs up first"])
async def test_sending(tmp_path: Path, result: int) -> None:
    call = FakeCall(applications={"SendFAX": App(result, 20.0, SENT)})
    came = await sending(call, tmp_path / "out.tif")
    assert came == fax.FaxSent(
        True, 2, 2, 14_400, (204, 98), ecm=True, t38=True, station="+370 5 211 0000", status="SUCCESS"
    )
    assert ("SET", "VARIABLE", "FAXOPT(headerinfo)", "Acme, Vilnius") in call.commands
    assert ("EXEC", "SendFAX", f"{tmp_path / 'out.tif'},f") in call.commands


async def test_a_connection_that_breaks_leaves_it_unknown_what_arrived(tmp_path: Path) -> None:
    call = FakeCall(faults=Faults(closes_at_command=SEND_COMMAND))
    came = await sending(call, tmp_path / "out.tif")
    assert call.commands[-1][:2] == ("EXEC", "SendFAX")
    assert came == fax.FaxSent(False, 0, 2, why="the connection to Asterisk was lost")


async def test_nothing_is_sent_to_who_has_hung_up(tmp_path: Path) -> None:
    async def work(leg: AgiLeg) -> str:
        with pytest.raises(CallerGone):
            await leg.send_fax(str(tmp_path / "out.tif"), station="x", header="x")
        return "gone"

    call = FakeCall(hangs_up_at_command=2)
    assert await over(call, work) == "gone"
    assert "EXEC" not in call.verbs
