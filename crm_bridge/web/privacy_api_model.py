"""What the API says of privacy and takes, as types, with the examples of its description; fields are only added."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from crm_bridge.erasing_model import Erasure, Export, Preview
from ledger.web.api_model import Shape

Counts = Annotated[dict[str, int], Field(description="how many of each kind")]


class WhomBody(Shape):
    """Whom it is about."""

    customer: Annotated[str, Field(min_length=1, max_length=64, description="the customer's id, or a number")]


class EraseBody(WhomBody):
    """Whom to forget; `name` is typed by whoever is sure."""

    name: Annotated[str, Field(max_length=500, description="the name, as the preview tells it")]


class ExportAnswer(Shape):
    """An export: under way while `ended_at` is null; `ready` says that its file can be fetched."""

    id: str
    customer: str
    by: str
    asked_at: datetime
    ended_at: datetime | None
    doing: Annotated[str, Field(description="what is being written now")]
    done: int
    of: int
    size: Annotated[int, Field(description="bytes of the file")]
    until: Annotated[datetime | None, Field(description="the file is kept until then")]
    why: Annotated[str, Field(description="why it came to nothing")]
    ready: bool

    @classmethod
    def of_export(cls, export: Export, now: datetime) -> ExportAnswer:
        """Tell of an export as it is now."""
        told = {name: getattr(export, name) for name in cls.model_fields if hasattr(export, name)}
        there = bool(export.file) and export.until is not None and export.until > now
        return cls(**told, ready=there)


class PreviewAnswer(Shape):
    """What would go if a person were forgotten now."""

    customer: str
    name: str
    counts: Counts
    shared: Annotated[int, Field(description="numbers and addresses that others have too, and so stay")]
    why_not: Annotated[str, Field(description="why it cannot be done now, empty if it can")]

    @classmethod
    def of_preview(cls, preview: Preview) -> PreviewAnswer:
        """Tell of a preview."""
        told = {name: getattr(preview, name) for name in cls.model_fields}
        return cls(**{**told, "counts": {what: count for what, count in preview.counts.items() if count}})


class ErasureAnswer(Shape):
    """Forgetting one person: under way while `ended_at` is null. Names nobody but who asked for it."""

    id: str
    pseudonym: str
    by: str
    asked_at: datetime
    ended_at: datetime | None
    step: str
    waits: Annotated[str, Field(description="why it cannot go on for now")]
    counts: Counts
    stays: Annotated[dict[str, int], Field(description="where words of theirs still stand, by place")]
    certificate: bool

    @classmethod
    def of_erasure(cls, erasure: Erasure) -> ErasureAnswer:
        """Tell of an erasure."""
        told = {name: getattr(erasure, name) for name in cls.model_fields}
        counts = {"counts": dict(erasure.counts), "stays": dict(erasure.stays)}
        return cls(**{**told, **counts, "certificate": bool(erasure.certificate)})


class ErasuresAnswer(Shape):
    """Erasures, the newest first."""

    erasures: list[ErasureAnswer]


_ASKED = "2026-11-20T09:30:00Z"
EXPORT: dict[str, object] = {
    "id": "01a202fb", "customer": "0b9f6d1c", "by": "dpo", "asked_at": _ASKED, "ended_at": "2026-11-20T09:30:04Z",
    "doing": "", "done": 7, "of": 7, "size": 48_213, "until": "2026-11-21T09:30:04Z", "why": "", "ready": True,
}  # fmt: skip
PREVIEW: dict[str, object] = {
    "customer": "0b9f6d1c", "name": "Ona Onaitė", "counts": {"numbers": 2, "voicemails": 1, "faxes": 1}, "shared": 0,
    "why_not": "",
}  # fmt: skip
ERASURE: dict[str, object] = {
    "id": "01a202fc", "pseudonym": "erased bcdfghjkmnpq", "by": "dpo", "asked_at": _ASKED,
    "ended_at": "2026-11-20T09:30:09Z", "step": "searched", "waits": "", "counts": {"voicemails": 1, "faxes": 1},
    "stays": {}, "certificate": True,
}  # fmt: skip
