"""What is there instead of a name that is not: the nearest first, a few others, and how many more.

Owns the words of one complaint; knows no site and no terminal.
"""

from __future__ import annotations

from collections.abc import Iterable

from config.findings import nearest

#: A site of 500 menus has 2,000 tests; nobody reads more names than these.
MOST_NAMED = 10


def offered(word: str, there: Iterable[str]) -> str:
    """Return what can be said instead of a word.

    >>> offered("anne", ["ben", "ann"])
    'did you mean ann? The site has ann, ben'
    >>> offered("x", [])
    'the site has none'
    """
    names = sorted(there)
    near = nearest(word, names)
    shown = names[:MOST_NAMED]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    has = f"he site has {', '.join(shown) or 'none'}{more}"
    return f"did you mean {near}? T{has}" if near else f"t{has}"
