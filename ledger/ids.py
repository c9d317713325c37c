"""Owns making ids that sort by the time they were made. Knows nothing of what they name."""

import secrets
import time
import uuid

_VERSION_7 = 7 << 76
_VARIANT = 2 << 62


def new_id() -> str:
    """Make a version 7 UUID (RFC 9562): 48 bits of milliseconds, the rest random."""
    milliseconds = time.time_ns() // 1_000_000 & (1 << 48) - 1
    random_a, random_b = secrets.randbits(12), secrets.randbits(62)
    return str(uuid.UUID(int=milliseconds << 80 | _VERSION_7 | random_a << 64 | _VARIANT | random_b))
