"""How large and how long a sound may be that somebody sends. Light to import; what reads it is in `foreign`."""

from __future__ import annotations

MOST_BYTES, MOST_SECONDS = 20_000_000, 300
