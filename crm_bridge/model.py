"""Customers and what passed between them and us. Values only; knows no table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from callrouter.events import Outcome


class Medium(StrEnum):
    """What an interaction went over."""

    VOICE = "voice"


@dataclass(frozen=True)
class Customer:
    """Somebody who calls us. `numbers` are in E.164; the name stays empty until somebody writes it."""

    id: str
    since: datetime
    name: str = ""
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Interaction:
    """One contact of a customer, seconds in `waited` and `talked`.

    `customer` is None where the number was withheld or is none; `ended` and `outcome` are None while it goes on.
    """

    call: str
    started: datetime
    customer: str | None = None
    medium: Medium = Medium.VOICE
    ended: datetime | None = None
    outcome: Outcome | None = None
    department: str = ""
    answered_by: str = ""
    waited: float = 0.0
    talked: float = 0.0
    facts: Mapping[str, str] = field(default_factory=dict)
