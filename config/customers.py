"""What the site says of customers: their statuses, the stages of its business, and fields of its own.

Owns names, types, defaults and single-value limits, like `config.schema`, whose part it is.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from config.values import Name, Part

Label = Annotated[str, Field(min_length=1, max_length=40, pattern=r"\A\S(.*\S)?\Z")]
Choices = Annotated[tuple[Label, ...], Field(max_length=100)]


class OwnField(Part):
    """A field of the site's own: text, number, date, or one of some choices."""

    #: What people see; left out, the name.
    label: Label | None = None
    kind: Literal["text", "number", "date", "choice"] = "text"
    choices: Choices = ()

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: Any) -> Any:
        return {"kind": "choice", "choices": value} if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _choices_of_a_choice(self) -> Self:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("`kind: choice` and `choices:` belong together: write both, or neither")
        if len(set(self.choices)) != len(self.choices):
            raise ValueError("a choice is written twice: delete one")
        return self


class Stage(Part):
    """A stage of an opportunity, an offer or an order; with `ends` it is the last, well or badly."""

    name: Label
    ends: Literal["won", "lost"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class CustomerSettings(Part):
    """How customers are kept, by whoever keeps them."""

    statuses: Choices = ("lead", "customer", "former")
    stages: Annotated[tuple[Stage, ...], Field(min_length=1, max_length=20)] = (
        Stage(name="new"),
        Stage(name="offered"),
        Stage(name="won", ends="won"),
        Stage(name="lost", ends="lost"),
    )
    fields: Annotated[dict[Name, OwnField], Field(max_length=50)] = Field(default_factory=dict)
    #: Of amounts where nothing else is said.
    currency: Annotated[str, Field(pattern=r"\A[A-Z]{3}\Z")] = "EUR"

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for what, names in (("status", self.statuses), ("stage", tuple(stage.name for stage in self.stages))):
            if len(set(names)) != len(names):
                raise ValueError(f"a {what} is written twice: delete one")
        return self

    def stage(self, name: str) -> Stage | None:
        """Return the stage of this name, or None."""
        return next((stage for stage in self.stages if stage.name == name), None)
