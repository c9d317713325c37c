"""The kind of event that tells of another version of the site; calls in progress stay on the one they began with."""

from __future__ import annotations

from dataclasses import dataclass

from callrouter.event import Event


@dataclass(frozen=True, kw_only=True)
class SitePublished(Event):
    """Callers hear this version from now on.

    `number` counts publications; `previous` is the version before, '' for the first. `back_to` is the number of the
    publication that this one went back to, 0 where a draft was published.
    """

    KIND = "site_published"
    number: int
    version: str
    who: str = ""
    why: str = ""
    previous: str = ""
    back_to: int = 0
