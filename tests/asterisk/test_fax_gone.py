"""A machine that hangs up just before we begin to receive: Asterisk would listen to nobody for an hour."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from callrouter import events as ev
from ivr.agi import fax_word
from ivr.agi.session import AgiSession
from tests.asterisk.fax_machines import STANDARD, Machines
from tests.asterisk.house import house, patience
from tests.asterisk.test_fax_in import GONE, SITE, Exchange

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    async with house(tmp_path_factory.mktemp("house"), SITE) as home:
        machines = Machines(home.switchroom.telephone.asterisk.cli, home.server)
        await machines.set_up(home.switchroom.settings.asterisk)
        yield Exchange(home, machines)


@pytest.mark.parametrize("known", [True, False], ids=["before", "in the same moment"])
async def test_who_is_gone_when_it_begins_is_not_listened_for(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    leave, execute = fax_word.leave, AgiSession.exec

    async def gone_before(session: AgiSession, name: str) -> bool:
        left = await leave(session, name)
        await exchange.machines.hang_up(GONE)
        return left

    async def gone_meanwhile(session: AgiSession, application: str, *args: str, **more: Any) -> object:
        if application == "ReceiveFAX":
            await exchange.machines.hang_up(GONE)
            session._hung_up = False  # the notice of it is still on its way
        return await execute(session, application, *args, **more)

    if known:
        monkeypatch.setattr(fax_word, "leave", gone_before)
    else:
        monkeypatch.setattr(AgiSession, "exec", gone_meanwhile)
    await exchange.machines.send(GONE, STANDARD)
    call = await exchange.offered_to(GONE)
    end = await exchange.home.watch.kind(ev.CallEnded, call, patience(30.0))
    assert isinstance(end, ev.CallEnded)
    assert (end.outcome, end.hung_up_first) == ("abandoned", "caller")
    assert "receive" not in await exchange.machines.console("fax show sessions")
