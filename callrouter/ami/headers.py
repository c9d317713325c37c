"""What may be written into a manager message. Pure; refuses what would inject, split or overflow.

Asterisk 22 reads lines of at most 1020 bytes and 128 headers a message; the answer to what is longer may lack
its ActionID, so it must not leave here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from callrouter.ami.errors import UnsafeValue

Headers = Mapping[str, str | Sequence[str]]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_LINE_BYTES = 1000
_MOST_LINES = 100
_FORBIDDEN = "\r\n\0"


def check_headers(headers: Headers) -> None:
    """Raise UnsafeValue unless every header can be sent as it is; the text never names the value."""
    lines = 0
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise UnsafeValue("a header's name may hold letters and digits only")
        for single in (value,) if isinstance(value, str) else value:
            lines += 1
            _check_value(name, single)
    if lines > _MOST_LINES:
        raise UnsafeValue(f"more than {_MOST_LINES} headers")


def _check_value(name: str, value: str) -> None:
    if any(character in value for character in _FORBIDDEN):
        raise UnsafeValue(f"{name}: line ends and NUL are not allowed")
    try:
        size = len(value.encode("utf-8"))
    except UnicodeEncodeError:
        # The value stays out of the message, and out of the chain: it may be personal.
        raise UnsafeValue(f"{name}: not valid text") from None
    if len(name) + 2 + size > _LINE_BYTES:
        raise UnsafeValue(f"{name}: longer than {_LINE_BYTES} bytes")
