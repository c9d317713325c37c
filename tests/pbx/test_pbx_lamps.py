"""Message lamps: what the dialplan makes of what Switchroom says, and what real phones show."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbx.installation import Installation
from pbx.plan import Phone
from pbx.softphone import Phones
from pbx.softphone_phone import Phone as SoftPhone
from pbx.supervisor import Asterisk
from tests.pbx.pbx_fakes import AmiListener, make_plan, running

pytestmark = pytest.mark.asterisk

SECRETS = {phone.name: phone.secret for phone in make_plan().phones}
#: A phone may ask for its lamp: it is refused, and told all the same.
HOW = pytest.mark.parametrize("asks", [False, True], ids=["is told", "asks"])


@pytest.fixture
async def pbx(installation: Installation, folder: Path) -> AsyncIterator[Asterisk]:
    async with running(installation, folder) as asterisk:
        yield asterisk


@pytest.fixture
async def phones() -> AsyncIterator[Phones]:
    async with Phones() as phones:
        yield phones


@contextlib.asynccontextmanager
async def originator(pbx: Asterisk) -> AsyncIterator[AmiListener]:
    secret = pbx.plan.ami_originate_secret
    async with AmiListener.connect(pbx.plan.ports.ami, "switchroom-originate", secret) as user:
        yield user


async def show(pbx: Asterisk, lamps: str) -> str:
    """Say what the lamps show, and return what Asterisk makes of it."""
    async with originator(pbx) as user:
        answer = await user.act(
            Action="Originate", Channel="Local/show@switchroom-lamps", Context="switchroom-lamps", Exten="shown",
            Priority="1", Timeout="2000", Async="false", Variable=f"SWITCHROOM_LAMPS={lamps}",
        )  # fmt: skip
    return answer["Response"]


async def register(pbx: Asterisk, phones: Phones, name: str = "alice", *, asks: bool = False) -> SoftPhone:
    server = f"127.0.0.1:{pbx.plan.ports.sip}"
    return await phones.register(name, SECRETS[name], server, asks_for_lamp=asks)


@HOW
async def test_a_phone_shows_what_waits(pbx: Asterisk, phones: Phones, asks: bool) -> None:
    alice, desk = await register(pbx, phones, asks=asks), await register(pbx, phones, "front-desk", asks=asks)
    assert not (await alice.lamp_shows(0, 0)).on
    assert await show(pbx, "alice:3:1&front-desk:1:0") == "Success"
    lamp = await alice.lamp_shows(3, 1)
    assert lamp.on
    assert lamp.account == f"sip:*97@127.0.0.1:{pbx.plan.ports.sip}"  # what its message key dials
    assert (await desk.lamp_shows(1, 0)).on
    assert await show(pbx, "alice:0:4") == "Success"
    assert not (await alice.lamp_shows(0, 4)).on
    assert desk.lamp is not None and desk.lamp.on


@HOW
async def test_a_phone_that_comes_later_shows_it_too(pbx: Asterisk, phones: Phones, asks: bool) -> None:
    await show(pbx, "alice:3:1")
    alice = await register(pbx, phones, asks=asks)
    await alice.lamp_shows(3, 1)
    await alice.vanish()
    await (await register(pbx, phones, asks=not asks)).lamp_shows(3, 1)


@HOW
async def test_a_phone_of_a_new_person(pbx: Asterisk, phones: Phones, asks: bool) -> None:
    plan = pbx.plan
    newcomer = Phone("zoe", "109", "secret-of-zoe")
    await pbx.reconfigure(make_plan(ports=plan.ports, phones=(*plan.phones, newcomer)))
    await show(pbx, "zoe:1:0")
    server = f"127.0.0.1:{plan.ports.sip}"
    zoe = await phones.register("zoe", newcomer.secret, server, asks_for_lamp=asks)
    await zoe.lamp_shows(1, 0)
    await show(pbx, "zoe:0:0")
    await zoe.lamp_shows(0, 0)


@pytest.mark.parametrize(
    ("said", "response", "shown"),
    [
        pytest.param("alice:2:0", "Success", (2, 0), id="plain"),
        pytest.param("", "Success", (1, 1), id="nothing"),
        pytest.param("alice", "Success", (0, 0), id="no counts"),
        pytest.param("alice:${LEN(abc)}:0", "Success", (0, 0), id="an expression is not run"),
        pytest.param("alice:2:0)|System(id", "Success", (2, 0), id="another application"),
        pytest.param("front-desk@switchroom:9:9&alice:2:0", "Success", (2, 0), id="no mailbox of anybody's"),
        pytest.param("&alice:2:0", "Error", (1, 1), id="an empty name ends it"),
    ],
)
async def test_what_is_said_stays_text(
    pbx: Asterisk, phones: Phones, said: str, response: str, shown: tuple[int, int]
) -> None:
    alice = await register(pbx, phones)
    await show(pbx, "alice:1:1")
    await alice.lamp_shows(1, 1)
    assert await show(pbx, said) == response
    await alice.lamp_shows(*shown)


async def test_nothing_is_left_of_it(pbx: Asterisk) -> None:
    async with AmiListener.connect(pbx.plan.ports.ami, "switchroom", pbx.plan.ami_secret) as ami:
        for number in range(20):
            assert await show(pbx, f"alice:{number}:0") == "Success"
            for _ in range(2):  # both halves
                await ami.hung_up("Local/show@switchroom-lamps")
    assert "0 active channels" in await pbx.cli("core show channels count")
