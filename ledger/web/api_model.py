"""Shapes of the API that several features answer with; fields are only added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from ledger.items import Step


class Shape(BaseModel):
    """A JSON object with exactly these fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def alike(shape: type[BaseModel], thing: object) -> dict[str, Any]:  # Any: the fields of whatever it is
    """Return what a thing has under the names of a shape's fields."""
    return {name: getattr(thing, name) for name in shape.model_fields if hasattr(thing, name)}


class StepAnswer(Shape):
    """One thing that happened to it; `by` is an account, empty for the server itself."""

    at: datetime
    what: str
    by: str
    detail: str

    @classmethod
    def of(cls, step: Step) -> StepAnswer:
        """Return a step as the API tells it."""
        return cls(**alike(cls, step))
