"""What a token may be allowed to do: the scopes, what each means, and what a set of them grants.

Pure. Knows neither tokens nor routes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from server.accounts import Role


class Scope(StrEnum):
    """One thing that a token may do. To write does not include to read; `admin` includes all."""

    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    INTERACTIONS_READ = "interactions:read"
    CALLS_READ = "calls:read"
    CALLS_WRITE = "calls:write"
    VOICEMAIL_READ = "voicemail:read"
    VOICEMAIL_WRITE = "voicemail:write"
    FAXES_READ = "faxes:read"
    FAXES_WRITE = "faxes:write"
    REPORTS_READ = "reports:read"
    REPORTS_WRITE = "reports:write"
    EVENTS_READ = "events:read"
    ADMIN = "admin"


MEANS: Mapping[Scope, str] = {
    Scope.CUSTOMERS_READ: "see customers, what is known of them, and the history of each",
    Scope.CUSTOMERS_WRITE: "add, change and merge customers, and say whose a contact is",
    Scope.INTERACTIONS_READ: "see every contact of every customer, and those of nobody; notes with customers:read",
    Scope.CALLS_READ: "see calls with their stories, what agents do, and what is closed by hand",
    Scope.CALLS_WRITE: "place calls, for a customer with customers:write; log agents in and out, pause and resume "
    "them; close a line and open it again",
    Scope.VOICEMAIL_READ: "see and hear every message",
    Scope.VOICEMAIL_WRITE: "do anything with a message",
    Scope.FAXES_READ: "see every fax",
    Scope.FAXES_WRITE: "send faxes, and do anything with one",
    Scope.REPORTS_READ: "see every report",
    Scope.REPORTS_WRITE: "have reports made, and cancel those it ordered",
    Scope.EVENTS_READ: "listen to what happens, live",
    Scope.ADMIN: "everything, as an admin may",
}


def grants(scopes: Collection[Scope], wanted: Scope) -> bool:
    """Say whether who has these scopes may do what `wanted` stands for."""
    return wanted in scopes or Scope.ADMIN in scopes


def role_of(scopes: Collection[Scope]) -> Role:
    """Return the role whose sight a token has: a supervisor's, and an admin's only with `admin`."""
    return Role.ADMIN if Scope.ADMIN in scopes else Role.SUPERVISOR
