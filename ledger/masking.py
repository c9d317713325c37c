"""Owns showing a stranger's words: one printable line, bounded, without what is secret in an address. Pure."""

from collections.abc import Collection
from urllib.parse import parse_qsl, unquote, urlsplit

SHOWN = 400
#: A shorter piece of an address is a word such as "fax", and hiding it would spoil what is said.
_SHORTEST_TOKEN = 6


def shown(said: bytes, secrets: Collection[str], most: int = SHOWN) -> str:
    """Return what somebody said as one line of at most `most` letters, each of the secrets hidden."""
    text = said.decode("utf-8", "replace")
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def secrets_of(address: str, *others: str | None) -> frozenset[str]:
    """List what a server may say back of its address: "cannot POST /hooks/…" is a usual answer."""
    url = urlsplit(address)
    pieces = [address, url.path, url.query, url.username, url.password, *others, *url.path.split("/")]
    pieces += [value for _, value in parse_qsl(url.query)]
    return frozenset(
        form for piece in pieces if piece for form in (piece, unquote(piece)) if len(form) >= _SHORTEST_TOKEN
    )
