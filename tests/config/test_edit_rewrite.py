"""Edits of YAML: the smallest change that says what is wanted, and everything else byte for byte."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.edit.rewrite import EditRefused, content_of, rewrite
from tests.config.config_sites import GOOD

ACME = Path(__file__).resolve().parents[2] / "config" / "acme"
Content = dict[str, Any]


def edited(text: str, change: Callable[[Content], object]) -> str:
    wanted = copy.deepcopy(content_of(text.encode()))
    change(wanted)
    return rewrite(text.encode(), wanted).decode()


def put(*way: str | int, value: Any) -> Callable[[Content], object]:
    def change(content: Any) -> None:
        for step in way[:-1]:
            content = content[step]
        content[way[-1]] = value

    return change


def drop(*way: str | int) -> Callable[[Content], object]:
    def change(content: Any) -> None:
        for step in way[:-1]:
            content = content[step]
        del content[way[-1]]

    return change


def rename(section: str, old: str, new: str) -> Callable[[Content], object]:
    def change(content: Content) -> None:
        content[section] = {new if key == old else key: value for key, value in content[section].items()}

    return change


LONG = "For invoices press 1, for everything that has to do with deliveries press 2, for the reception please press 0."

CHANGES = [
    ("a plain value", "a: one  # why\nb: 2\n", put("a", value="two"), "a: two  # why\nb: 2\n"),
    ("a number stays one", "a: {n: 5}\n", put("a", "n", value=6), "a: {n: 6}\n"),
    ("digits that are text get quotes", "a: x\n", put("a", value="4711"), 'a: "4711"\n'),
    ("words of YAML get quotes", "a: x\n", put("a", value="no"), 'a: "no"\n'),
    ("quotes stay as they were", "a: 'one'\nb: \"x\"\n", put("a", value="it's"), "a: 'it''s'\nb: \"x\"\n"),
    ("a text that needs quotes", "a: one\n", put("a", value="x: y #z"), 'a: "x: y #z"\n'),
    ("into brackets", "a: {b: 1}  # c\n", put("a", "c", value="x, y"), 'a: {b: 1, c: "x, y"}  # c\n'),
    ("into empty brackets", "a: {}\nb: 1\n", put("a", "c", value=1), "a: {c: 1}\nb: 1\n"),
    ("out of brackets, first", "a: {b: 1, c: 2, d: 3}\n", drop("a", "b"), "a: {c: 2, d: 3}\n"),
    ("out of brackets, last", "a: {b: 1, c: 2, d: 3}\n", drop("a", "d"), "a: {b: 1, c: 2}\n"),
    ("the only one in brackets", "a: {b: 1}\n", drop("a", "b"), "a: {}\n"),
    ("a list in brackets", "a: [x, y, z]\n", put("a", value=["x", "z", "w"]), "a: [x, z, w]\n"),
    (
        "a new line",
        "m:\n  a: 1\n\n  # of b\n  b: 2\n",
        put("m", "c", value="x"),
        "m:\n  a: 1\n\n  # of b\n  b: 2\n  c: x\n",
    ),
    (
        "a line less, comments stay",
        "m:\n  a: 1\n  # of b\n  b: 2 # x\n  c: 3\n",
        drop("m", "b"),
        "m:\n  a: 1\n  # of b\n  c: 3\n",
    ),
    ("the last line less, and no line end", "m:\n  a: 1\n  b: 2", drop("m", "b"), "m:\n  a: 1"),
    ("a line more, and no line end", "m:\n  a: 1", put("m", "b", value=2), "m:\n  a: 1\n  b: 2"),
    (
        "after what it follows",
        "m:\n  a: 1\n  c: 3\n",
        lambda all_: all_.update(m={"a": 1, "b": 2, "c": 3}),
        "m:\n  a: 1\n  b: 2\n  c: 3\n",
    ),
    (
        "a new section",
        "a: 1\n",
        put("hours", value={"office": {"open": ["mon 9-10"]}}),
        "a: 1\nhours:\n  office: {open: [mon 9-10]}\n",
    ),
    ("into an empty file", "# nothing yet\n", put("a", value={"b": {"c": 1}}), "# nothing yet\na:\n  b: {c: 1}\n"),
    ("into an empty section", "menus:\nb: 1\n", put("menus", value={"m": {"go": "x"}}), "menus: {m: {go: x}}\nb: 1\n"),
    (
        "a short form becomes a long one",
        "k:\n  1: sales # s\n",
        put("k", "1", value={"go": "sales", "as": {"kind": "why"}}),
        "k:\n  1: {go: sales, as: {kind: why}} # s\n",
    ),
    ("a folded text", "a: >-\n  one\n  two\nb: 1\n", put("a", value="three four"), "a: >-\n  three four\nb: 1\n"),
    ("a long text", "m:\n  a: x\n", put("m", "a", value=LONG), f"m:\n  a: >-\n    {LONG[:-9]}\n    press 0.\n"),
    (
        "CRLF",
        "m:\r\n  a: 1\r\n  b: 2\r\n",
        put("m", "c", value={"d": {"e": {"f": 1}}}),
        "m:\r\n  a: 1\r\n  b: 2\r\n  c:\r\n    d: {e: {f: 1}}\r\n",
    ),
    ("the mark at the beginning", "\ufeffa: 1\n", put("a", value=2), "\ufeffa: 2\n"),
    ("a renamed key", 'm:\n  a: 1 # x\n  "b": 2\n', rename("m", "a", "z"), 'm:\n  z: 1 # x\n  "b": 2\n'),
    ("a key in other words", 'k: {1: a, "*": b}\n', rename("k", "1", "#"), 'k: {"#": a, "*": b}\n'),
    (
        "a list of lines",
        "l:\n  - a: 1\n    b: 2\n  # c\n  - c: 3\n",
        put("l", 0, "b", value=5),
        "l:\n  - a: 1\n    b: 5\n  # c\n  - c: 3\n",
    ),
    (
        "an item more",
        "l:\n  - a\n  - b # b\nz: 1\n",
        put("l", value=["a", "b", "c"]),
        "l:\n  - a\n  - b # b\n  - c\nz: 1\n",
    ),
    ("an item less", "l:\n  - a\n  - b\n  - c\n", put("l", value=["a", "c"]), "l:\n  - a\n  - c\n"),
    ("first key of an item", "l:\n  - a: 1\n    b: 2\n", drop("l", 0, "a"), "l:\n  - b: 2\n"),
    ("a mapping becomes a word", "a:\n  b:\n    c: 1\n  d: 2\n", put("a", "b", value="x"), "a:\n  b: x\n  d: 2\n"),
]


@pytest.mark.parametrize(
    ("before", "change", "after"), [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES]
)
def test_a_change_touches_nothing_else(before: str, change: Callable[[Content], object], after: str) -> None:
    assert edited(before, change) == after


@pytest.mark.parametrize("file", sorted(ACME.glob("*.yaml")), ids=lambda file: file.name)
def test_no_change_gives_the_same_bytes(file: Path) -> None:
    raw = file.read_bytes()
    assert rewrite(raw, content_of(raw)) is raw


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a: {b: 1\n", "mistake", id="no YAML"),
        pytest.param("a: *x\n", "mistake", id="alias"),
        pytest.param("a: 1\na: 2\n", "mistake", id="twice"),
    ],
)
def test_a_file_with_mistakes_is_left_alone(text: str, said: str) -> None:
    with pytest.raises(EditRefused, match=said):
        rewrite(text.encode(), {"a": 3})


_WORDS = st.sampled_from(
    ["main", "sales", "no", "4711", "x: y", "it's", 'say "hi"', "- a", "#", "ž\u2028", "a\nb", " ", "~", "1.50"]
)
_VALUES = st.recursive(
    _WORDS | st.integers(-3, 999) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_wanted_is_said_or_refused(data: st.DataObject) -> None:
    content = content_of(GOOD.encode())
    wanted: Any = copy.deepcopy(content)
    for _ in range(data.draw(st.integers(1, 3))):
        at = wanted
        while isinstance(at, dict) and at:
            key = data.draw(st.sampled_from(sorted(at)))
            if not isinstance(at[key], dict) or not at[key] or data.draw(st.booleans()):
                break
            at = at[key]
        if not isinstance(at, dict) or not at:
            continue
        if data.draw(st.booleans()) and len(at) > 1:
            del at[key]
        else:
            at[data.draw(_WORDS) if data.draw(st.booleans()) else key] = data.draw(_VALUES)
    try:
        raw = rewrite(GOOD.encode(), wanted)
    except EditRefused:
        return
    assert json.dumps(content_of(raw), sort_keys=True) == json.dumps(wanted, sort_keys=True)
    # What is not about the change is there still: every line of a section that is as it was.
    kept = [section for section in content if wanted.get(section) == content[section]]
    text = raw.decode()
    for section in kept:
        start = GOOD.index(f"\n{section}:") if not GOOD.startswith(f"{section}:") else 0
        following = [GOOD.find(f"\n{other}:", start + 1) for other in content]
        end = min([place for place in following if place > 0], default=len(GOOD))
        assert GOOD[start:end].strip("\n") in text
