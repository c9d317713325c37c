"""Where the manager interface is, and how patient and how greedy a link may be. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AmiSettings:
    """Name one manager user of one Asterisk; `events` is off for a user that only commands."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    events: bool = True


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """Bound every wait (seconds) and every buffer of one link."""

    connect: float = 3.0
    greeting: float = 3.0
    login: float = 3.0
    ping_every: float = 5.0
    pong_within: float = 3.0
    goodbye: float = 0.5
    retry_first: float = 0.25
    retry_most: float = 10.0
    retry_refused: float = 30.0  # a wrong secret every 2 s is what fail2ban looks for
    message_bytes: int = 2 * 1024 * 1024
    inbox_messages: int = 65_536
    inbox_bytes: int = 64 * 1024 * 1024
    write_bytes: int = 1024 * 1024
    waiting_actions: int = 1_000
    list_items: int = 20_000
    drain_slice: float = 0.005  # how long handling messages may keep the loop from others

    def retry_after(self, failures: int, chance: float) -> float:
        """Return the pause before the next attempt, doubled per failure and spread by `chance` (0..1)."""
        doubled = self.retry_first * 2.0 ** min(failures, 30)
        return min(doubled, self.retry_most) * (0.5 + chance / 2)
