"""The port through which faxes are called out: who does it is a floor below, or a fake in tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol


class CallOver(Protocol):
    """What came of a call with a fax. `result` is one of the words of `fax.model.Result`."""

    @property
    def result(self) -> str: ...
    @property
    def pages(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def station(self) -> str: ...
    @property
    def rate(self) -> int: ...
    @property
    def dots(self) -> tuple[int, int]: ...
    @property
    def ecm(self) -> bool: ...
    @property
    def t38(self) -> bool: ...
    @property
    def why(self) -> str: ...


class Line(Protocol):
    """Places calls with faxes."""

    def new_call(self) -> str:
        """Return the id for a call, before there is one."""

    async def send(
        self,
        fax: str,
        call: str,
        number: str,
        path: Path,
        *,
        station: str,
        header: str,
        shown_as: str,
        began: Callable[[], Awaitable[None]],
    ) -> CallOver:
        """Call and send; `began` is awaited before the first page, and if it raises nothing is sent."""

    async def recover(self, call: str, fax: str, of: int) -> CallOver | None:
        """Tell what became of a call in which `of` pages began to be sent; None if nobody knows.

        Waits until the call is over. Raises what says that it cannot be told now.
        """

    async def forget(self, call: str) -> None:
        """Be told that what became of a call is written down."""

    async def hang_up(self, call: str) -> None:
        """End a call."""

    async def pages(self, call: str) -> int | None:
        """Count the pages through by now; None where that cannot be told."""
