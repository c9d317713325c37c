"""Whose a contact is, as any page says it: a link where that is certain, what to choose from where it is not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class ShownWhose:
    """A contact's customer. `customer` is an id, '' where that is not certain; then `said` is what the number says.

    `choose` is the page on which somebody says whose it is, '' where nobody can yet; of `candidates`, ids and names,
    one is chosen with one click.
    """

    customer: str = ""
    name: str = ""
    said: str = ""
    choose: str = ""
    candidates: tuple[tuple[str, str], ...] = ()


#: Tells whose an interaction is, by its id, the number it came from, and the number of ours that it came to.
WhoseOf = Callable[[str, str, str], Awaitable[ShownWhose | None]]


async def nobody_tells(_interaction: str, _number: str, _did: str) -> ShownWhose | None:
    """Tell nothing, for a server that keeps no customers."""
    return None
