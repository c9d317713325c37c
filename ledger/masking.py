"""Owns showing a stranger's words: one printable line, bounded, without what is secret in an address. Pure."""

import base64
import html
import json
from collections.abc import Collection
from urllib.parse import parse_qsl, quote, unquote, urlsplit

SHOWN = 400
#: A shorter piece of an address is a word such as "fax", and hiding it would spoil what is said.
_SHORTEST_TOKEN = 6


def shown(said: bytes, secrets: Collection[str], most: int = SHOWN) -> str:
    """Return what somebody said as one line of at most `most` letters, each of the secrets hidden."""
    text = said.decode("utf-8", "replace")
    forms = {form for secret in secrets for form in _repeated(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "***")
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def secrets_of(address: str, *others: str | None) -> frozenset[str]:
    """List what a server may say back of its address: "cannot POST /hooks/…" is a usual answer."""
    url = urlsplit(address)
    pair = basic_pair(unquote(url.username or ""), unquote(url.password or "")) if url.username else None
    pieces = [pair, address, url.path, url.query, url.username, url.password, *others, *url.path.split("/")]
    pieces += [value for _, value in parse_qsl(url.query)]
    return frozenset(
        form for piece in pieces if piece for form in (piece, unquote(piece)) if len(form) >= _SHORTEST_TOKEN
    )


def basic_pair(user: str, password: str) -> str:
    """Return what stands in a header of basic authentication: whoever reads it knows both."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _repeated(secret: str) -> set[str]:
    """Return the ways in which a server says something back: in JSON (PHP marks a slash there), an address, a page."""
    in_json = {json.dumps(secret, ensure_ascii=plain)[1:-1] for plain in (True, False)}
    slashes = {form.replace("/", "\\/") for form in in_json}
    return {secret, quote(secret), quote(secret, safe=""), html.escape(secret), *in_json, *slashes}
