"""What a running server is told from outside: where the site is, where the data goes.

Owns nothing else; the site itself is in `config`. No other module reads the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pbx.installation import default_cache


@dataclass(frozen=True)
class Settings:
    """One installation. `cache` holds what can be brought in again: Asterisk and rendered prompts."""

    site: Path
    data: Path
    cache: Path = field(default_factory=default_cache)
    #: For tests and the demo: Asterisk ends when we do, however we do.
    asterisk_dies_with_us: bool = False
    #: Seconds that calls get to end after SIGTERM.
    drain: float = 30.0
    #: What ${ENV:NAME} in the site refers to.
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def prompts(self) -> Path:
        return self.cache / "prompts"

    @property
    def asterisk(self) -> Path:
        return self.data / "asterisk"

    @property
    def spool(self) -> Path:
        return self.data / "spool"

    @property
    def drop(self) -> Path:
        """Where the emergency attendant leaves messages and reports."""
        return self.data / "drop"

    @property
    def fax_drafts(self) -> Path:
        """Where documents lie that came by mail, until they are faxes."""
        return self.data / "fax-drafts"

    @property
    def snapshot(self) -> Path:
        return self.data / "attendant" / "snapshot.json"

    @property
    def versions(self) -> Path:
        """Where published versions of the site are kept."""
        return self.data / "site"
