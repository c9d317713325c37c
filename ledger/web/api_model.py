"""Shapes of the API that several features answer with; fields are only added."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """A JSON object with exactly these fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StepAnswer(Shape):
    """One thing that happened to it; `by` is an account, empty for the server itself."""

    at: datetime
    what: str
    by: str
    detail: str
