"""The exceptions of this package. It must not know who catches them.

ConfigError
├── SiteUnusable      a site has mistakes that would break calls; carries every finding
└── HoursUnreadable   a line of opening hours is not written as it must be
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.findings import Finding


class ConfigError(Exception):
    """Something an admin wrote cannot be used."""


class SiteUnusable(ConfigError):
    """The site has mistakes that would break calls."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__("\n".join(str(finding) for finding in findings))


class HoursUnreadable(ConfigError):
    """A line of opening hours is not written as it must be; `mend` says how to write it."""

    def __init__(self, message: str, mend: str) -> None:
        self.mend = mend
        super().__init__(message)
