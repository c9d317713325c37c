"""Listening for fax machines: what is said to Asterisk, and that a channel which is gone is no error."""

from __future__ import annotations

from typing import cast

import pytest

from ivr.agi.errors import AgiError, AgiTimeout, HungUp, LinkLost
from ivr.agi.fax_tone import FaxTone
from ivr.agi.session import AgiSession


class Channel:
    """A channel with variables, as far as it is there."""

    def __init__(self, variables: dict[str, str] | None = None, error: AgiError | None = None) -> None:
        self.variables = dict(variables or {})
        self.asked = 0
        self._error = error

    async def set_variable(self, name: str, value: str) -> None:
        if self._error is not None:
            raise self._error
        self.variables[name] = value

    async def get_variable(self, name: str) -> str | None:
        self.asked += 1
        if self._error is not None:
            raise self._error
        return self.variables.get(name)


def listening(channel: Channel) -> FaxTone:
    return FaxTone(cast(AgiSession, channel))


async def test_it_listens_for_a_time_and_stops() -> None:
    channel = Channel()
    await listening(channel).listen()
    assert channel.variables == {"FAXOPT(faxdetect)": "yes,30"}
    await listening(channel).stop()
    assert channel.variables == {"FAXOPT(faxdetect)": "no"}


@pytest.mark.parametrize(
    ("variables", "heard"),
    [
        pytest.param({}, False, id="nothing was heard"),
        pytest.param({"FAXEXTEN": ""}, False, id="it was, and is forgotten"),
        pytest.param({"FAXEXTEN": "inbound"}, True, id="a machine was heard"),
    ],
)
async def test_what_was_heard_is_asked_once(variables: dict[str, str], heard: bool) -> None:
    channel = Channel(variables)
    tone = listening(channel)
    assert [await tone.heard() for _ in range(3)] == [heard] * 3
    assert channel.asked == 1


async def test_what_was_heard_can_be_forgotten() -> None:
    channel = Channel({"FAXEXTEN": "inbound"})
    await listening(channel).forget()
    assert not await listening(channel).heard()


@pytest.mark.parametrize("error", [HungUp(), LinkLost(), AgiTimeout()], ids=str)
async def test_who_is_gone_hears_nothing(error: AgiError) -> None:
    tone = listening(Channel({"FAXEXTEN": "inbound"}, error))
    await tone.listen()
    await tone.stop()
    await tone.forget()
    assert not await tone.heard()
