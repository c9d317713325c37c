"""Finding one thing by the beginning of its id, for who may see it: what others have is as if it never was."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

_ID = re.compile(r"[0-9a-f-]{1,64}")
#: So many things may begin as an id does before we stop looking.
_ALIKE = 50


class Named(Protocol):
    """Something with an id."""

    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=Named)


async def find_only(
    id_: str, beginning: Callable[[str, int], Awaitable[Sequence[N]]], may_see: Callable[[N], bool]
) -> N | None:
    """Return what has this id, or the only thing that begins so, among what may be seen; None for no such thing."""
    if not _ID.fullmatch(id_):
        return None
    found = await beginning(id_, _ALIKE)
    mine = [thing for thing in found if may_see(thing)]
    exact = [thing for thing in mine if thing.id == id_]
    if exact or (len(mine) == 1 and len(found) < _ALIKE):
        return (exact or mine)[0]
    return None
