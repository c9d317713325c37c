"""Names for lists of callers: looked up once, seen anew after a while, never more kept than is bounded."""

from __future__ import annotations

import pytest

from crm_bridge.model import Customer
from ledger.clock import ManualClock
from ledger.web.items import Caller
from server.web import customer_names
from server.web.customer_names import REMEMBERED, CustomerNames

OURS = "+37052000000"


def of(*numbers: str) -> list[Caller]:
    """Callers with these numbers, who dialled ours."""
    return [(number, OURS) for number in numbers]


class Files:
    """The customers' files, with a count of how often somebody looked."""

    def __init__(self) -> None:
        self.names = {"+3701": "Ona", "+3702": "Jonas"}
        self.asked: list[str] = []

    async def find_caller(self, ani: str, did: str) -> Customer | None:
        assert did == OURS
        self.asked.append(ani)
        name = self.names.get(ani)
        return None if name is None else Customer(ani, ManualClock().now(), name)


async def test_a_name_is_looked_up_once_and_again_after_a_while() -> None:
    files, clock = Files(), ManualClock()
    names = CustomerNames(files, clock)  # type: ignore[arg-type]  # it asks nothing else
    assert await names(of("+3701", "+3709", "+3701")) == {("+3701", OURS): "Ona", ("+3709", OURS): ""}
    files.names["+3701"] = "Ona Petraitienė"
    assert await names(of("+3701", "+3702")) == {("+3701", OURS): "Ona", ("+3702", OURS): "Jonas"}
    assert files.asked == ["+3701", "+3709", "+3702"]
    clock.advance(REMEMBERED + 1)
    assert await names(of("+3701")) == {("+3701", OURS): "Ona Petraitienė"}


async def test_no_more_is_remembered_than_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customer_names, "MOST", 2)
    files = Files()
    names = CustomerNames(files, ManualClock())  # type: ignore[arg-type]  # it asks nothing else
    await names(of("+3701", "+3702"))
    assert await names(of("+3701", "+3703")) == {("+3701", OURS): "Ona", ("+3703", OURS): ""}
    assert len(names._known) == 2
