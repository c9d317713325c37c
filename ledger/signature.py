"""Owns the signature by which what we post is known to be ours. Knows no connection and no body's form.

    Switchroom-Signature: t=<seconds>,sha256=<hex>

To check: HMAC-SHA256, keyed with the secret, of `<seconds>`, a full stop, and the body as it came; compare in constant
time, and refuse when <seconds> since 1970 is some minutes ago.
"""

import hashlib
import hmac
from collections.abc import Iterable

HEADER = "Switchroom-Signature"


def signature(secret: str, now: int, pieces: Iterable[bytes]) -> str:
    """Return the value of the header for a body in pieces."""
    mac = hmac.new(secret.encode(), f"{now}.".encode(), hashlib.sha256)
    for piece in pieces:
        mac.update(piece)
    return f"t={now},sha256={mac.hexdigest()}"
