"""What is known of a take: something spoken or sent to become a recording of the site. Values, light to import.

Owns the judgement whether callers will hear it well. Must not know files.
"""

from __future__ import annotations

from dataclasses import dataclass

#: What 16 bits call silence; -∞ is no number in JSON.
SILENT_DBFS = -96.0
#: Quieter than this no voice is heard on a telephone; and from here on it is as loud as our prompts are.
INAUDIBLE_DBFS, QUIET_DBFS, LOUD_DBFS = -55.0, -30.0, -12.0
#: More than this share of all samples at full scale is heard as a rattle.
CLIPPED = 0.0005
#: Silence at an end, seconds, that a caller takes for a fault.
DEAD_AIR = 0.5
SHORTEST, LONGEST = 0.3, 120.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A take, measured: levels in dBFS where there is voice, `clipped` as a share of all samples, silence in seconds.

    `peaks` outline it: heights from 0 to 100, of equal time each.
    """

    seconds: float
    peak_dbfs: float
    loudness_dbfs: float
    clipped: float
    lead: float
    tail: float
    peaks: tuple[int, ...] = ()

    @property
    def is_audible(self) -> bool:
        """Tell whether anything is heard at all."""
        return self.loudness_dbfs >= INAUDIBLE_DBFS and self.seconds - self.lead - self.tail >= SHORTEST

    @property
    def has_dead_air(self) -> bool:
        """Tell whether the silence at an end should go."""
        return max(self.lead, self.tail) > DEAD_AIR

    @property
    def needs_level(self) -> bool:
        """Tell whether it is so quiet or loud that it should be brought to the level of the other prompts."""
        return not QUIET_DBFS <= self.loudness_dbfs <= LOUD_DBFS


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know of a take: how bad it is (`good`, `warn` or `bad`), and in words."""

    tone: str
    words: str


def remarks(take: Measured) -> tuple[Remark, ...]:
    """Say what callers will notice, the worst first."""
    if not take.is_audible:
        return (Remark("bad", "nothing is heard, or next to nothing: speak again"),)
    found = []
    if take.clipped > CLIPPED:
        found.append(Remark("bad", "it is clipped: it was recorded too loud and rattles; speak again, further away"))
    if take.loudness_dbfs < QUIET_DBFS:
        found.append(Remark("warn", f"it is quiet ({take.loudness_dbfs:.0f} dB): make it as loud as the others"))
    elif take.loudness_dbfs > LOUD_DBFS:
        found.append(Remark("warn", f"it is loud ({take.loudness_dbfs:.0f} dB): make it as loud as the others"))
    if take.lead > DEAD_AIR:
        found.append(Remark("warn", f"it begins with {take.lead:.1f} s of silence"))
    if take.tail > DEAD_AIR:
        found.append(Remark("warn", f"it ends with {take.tail:.1f} s of silence"))
    if take.seconds > LONGEST:
        found.append(Remark("warn", f"it takes {take.seconds / 60:.1f} minutes: few callers listen so long"))
    return tuple(found) or (Remark("good", "it is loud enough, not clipped, and begins and ends at once"),)
