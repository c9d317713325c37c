"""Where a form leads once its deed is done: only to pages of the feature itself, with a word about the deed."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from aiohttp import web

#: A page of ours has no longer address, and no server takes one much longer.
LONGEST = 2_000


def goal_of(wanted: str, home: str, usual: str) -> str:
    """Return where to go after a deed: a page at `home` that was asked for, without what an earlier deed said.

    >>> goal_of("/box?show=open&did=deleted&with=a1", "/box", "/"), goal_of("//evil.example", "/box", "/")
    ('/box?show=open', '/')
    >>> goal_of("/boxes", "/box", "/"), goal_of("/box/a1", "/box", "/")
    ('/', '/box/a1')
    """
    path, _, query = wanted.partition("?")
    inside = path == home or path.startswith(f"{home}/")
    if not inside or len(wanted) > LONGEST:
        return usual
    if not wanted.isprintable() or not wanted.isascii() or any(c in wanted for c in '\\"<># '):
        return usual
    kept = "&".join(part for part in query.split("&") if part and not part.startswith(("did=", "with=")))
    return f"{path}?{kept}" if kept else path


def list_left(referer: str, home: str) -> str:
    """Return the list at `home` as it was left: the page that a link was followed from, if it was that list.

    >>> list_left("http://box.example/box?words=invoice&did=deleted", "/box"), list_left("http://box.example/", "/box")
    ('/box?words=invoice', '/box')
    """
    try:
        left = urlsplit(referer)
    except ValueError:
        return home
    return goal_of(f"{left.path}?{left.query}", home, home) if left.path == home else home


def lead_to(goal: str, **said: str) -> web.Response:
    """Send a browser on, with what is to be said there: `did` a deed, `with` something."""
    separator = "&" if "?" in goal else "?"
    return web.Response(
        status=303, headers={"Location": f"{goal}{separator}{urlencode(said)}", "Cache-Control": "no-store"}
    )
