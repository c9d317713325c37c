"""Owns making ids that sort by the time they were made. Knows nothing of what they name."""

import os
import random
import time

# An id is no secret, so the kernel is asked only once: a system call lets another thread take the interpreter, and
# the event loop may wait milliseconds to get it back. Ours alone, so that nobody else's seed makes our ids repeat.
_chance = random.Random()  # noqa: S311
os.register_at_fork(after_in_child=_chance.seed)

_VERSION_7 = 7 << 76
_VARIANT = 2 << 62


def new_id() -> str:
    """Make a version 7 UUID (RFC 9562): 48 bits of milliseconds, the rest random."""
    milliseconds = time.time_ns() // 1_000_000 & (1 << 48) - 1
    random_a, random_b = _chance.getrandbits(12), _chance.getrandbits(62)
    # Written by hand: every event of every call gets one, and uuid.UUID takes three times as long.
    digits = f"{milliseconds << 80 | _VERSION_7 | random_a << 64 | _VARIANT | random_b:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
