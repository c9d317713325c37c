"""The text of a token: recognisable, unguessable, and with a checksum that tells a typo without asking anybody.

Pure but for the random numbers. `swr_`, 256 random bits in 43 letters, their CRC-32 in 6.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib

PREFIX = "swr_"
#: Letters and digits only: a double click selects all of it, and no address has to escape any.
_LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BITS, _BODY = 256, 43
_CHECK = 6
_FORM = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_BODY + _CHECK}}}")


def make() -> str:
    """Return a new token."""
    body = PREFIX + _written(secrets.randbits(_BITS), _BODY)
    return body + _checksum(body)


def is_ours(text: str) -> bool:
    """Say whether this is meant to be such a token, whole or not."""
    return text.startswith(PREFIX)


def is_whole(text: str) -> bool:
    """Say whether it is written as it was given out; whether it was given out is not known here."""
    return _FORM.fullmatch(text) is not None and text[-_CHECK:] == _checksum(text[:-_CHECK])


def digest(text: str) -> str:
    """Return what is stored of it.

    Nobody can guess 256 random bits, so a quick hash is enough, and looking it up tells no timing.
    """
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _checksum(text: str) -> str:
    return _written(zlib.crc32(text.encode()), _CHECK)


def _written(number: int, length: int) -> str:
    letters = ""
    for _ in range(length):
        number, rest = divmod(number, len(_LETTERS))
        letters = _LETTERS[rest] + letters
    return letters
