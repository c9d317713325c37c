"""Which of the pages beside ours this server has, and somebody may open: no link leads nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.web.visit import Visit, Who


@dataclass(frozen=True)
class Doors:
    """The pages that other parts of the customers' room may have."""

    privacy: bool = False
    bring_in: bool = False
    take_out: bool = False

    @classmethod
    def of(cls, visit: Visit, who: Who) -> Doors:
        """Look which there are; privacy is for admins, import and export for supervisors."""
        there = {resource.canonical for resource in visit.request.app.router.resources()}
        return cls(
            privacy=who.is_admin and "/customers/{id}/privacy" in there,
            bring_in=who.sees_all and "/customers/import" in there,
            take_out=who.sees_all and "/customers/export" in there,
        )
