"""Owns what is said about a message's sound: plain values, light to import. Must not know how they come about."""

from __future__ import annotations

from dataclasses import dataclass, field

#: What 16 bits call silence; -∞ is no number in JSON.
SILENT_DBFS = -96.0


@dataclass(frozen=True, slots=True)
class Sound:
    """What can be said of a message without understanding it.

    Peak and loudness are those of the speech, which a key or a click next to it does not change; where nobody
    speaks, those of everything. Both are in dBFS, a full-scale square wave being 0, silence `SILENT_DBFS`.
    """

    seconds: float
    speech_seconds: float
    peak_dbfs: float
    loudness_dbfs: float
    speaks: bool


@dataclass(frozen=True, slots=True)
class Examined:
    """A sound, its outline (heights from 0 to 100), and whether its file's header had to be repaired."""

    sound: Sound
    peaks: tuple[int, ...]
    repaired: bool


@dataclass(frozen=True, slots=True)
class MailSound:
    """An attachment. `remark` says why it is not what was wanted, or is empty."""

    content: bytes = field(repr=False)
    suffix: str
    mime: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class NotAttached:
    """The sound does not fit into a mail; `why` is a clause for whoever reads the mail."""

    why: str
