"""Whatever field of the schema is another, at least one sentence says so, and none shows a secret."""

from __future__ import annotations

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from config.diff.changes import changes
from config.diff.differences import is_secret
from config.diff.texts import text_diff
from config.schema import Site

#: What no sentence may contain, wherever it is written.
SECRET = "of-nobodys-business"
#: Parts of the schema that hold each other are gone into no deeper than this.
DEEPEST = 12


def sample(annotation: Any, depth: int = 0) -> Any:  # Any: a type expression in, any value of it out
    """Return a value with nothing left out, valid or not: comparing must not care."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        return sample(annotation.__origin__, depth)
    if origin in (Union, types.UnionType):
        return sample(next(one for one in arguments if one is not type(None)), depth)
    if origin is Literal:
        return arguments[0]
    if origin is tuple:
        return (sample(arguments[0], depth),)
    if origin is dict:
        return {sample(arguments[0], depth): sample(arguments[1], depth)}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if depth > DEEPEST:
            return None
        fields = annotation.model_fields
        filled = {}
        for name, field in fields.items():
            value = sample(field.annotation, depth + 1)
            filled[name] = SECRET if isinstance(value, str) and is_secret(field.alias or name, field, value) else value
        return annotation.model_construct(set(fields), **filled)
    known: dict[Any, Any] = {str: "a", int: 1, float: 1.0, bool: True}
    return known.get(annotation, "anything")


def others(value: Any, annotation: Any) -> Iterator[Any]:
    """Yield values that differ from this one, each in one field."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        yield from others(value, annotation.__origin__)
    elif origin in (Union, types.UnionType):
        if type(None) in arguments:
            yield None
        yield from others(value, next(one for one in arguments if one is not type(None)))
    elif origin is Literal:
        yield from arguments[1:2]
    elif origin is tuple:
        yield ()
        for one in others(value[0], arguments[0]):
            yield (one,)
    elif origin is dict:
        yield {}
        ((key, inner),) = value.items()
        for one in others(inner, arguments[1]):
            yield {key: one}
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            for one in others(getattr(value, name), field.annotation):
                fields = {other: getattr(value, other) for other in type(value).model_fields} | {name: one}
                yield type(value).model_construct(set(fields), **fields)
    else:
        changed = {bool: lambda: not value, int: lambda: value + 1, float: lambda: value + 1.0}
        yield changed.get(type(value), lambda: f"{value}z")()


FULL = sample(Site)
SECTIONS = [name for name in Site.model_fields if name != "version"]


def with_section(name: str, value: Any) -> Site:
    fields = {other: getattr(FULL, other) for other in Site.model_fields} | {name: value}
    return Site.model_construct(set(fields), **fields)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_field_that_is_another_is_told(section: str) -> None:
    field, count = Site.model_fields[section], 0
    for other in others(getattr(FULL, section), field.annotation):
        count += 1
        for old, new in ((FULL, with_section(section, other)), (with_section(section, other), FULL)):
            told = changes(old, new)
            assert told, f"{section}: {other!r}"
            assert all(SECRET not in change.text and "{" not in change.text for change in told)
            assert {change.area for change in told} <= {section, "callers"}
    assert count


def test_an_equal_site_has_no_changes() -> None:
    assert changes(FULL, sample(Site)) == ()


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        pytest.param({"a.yaml": "x: 1\n"}, {"a.yaml": "x: 1\n"}, [], id="equal"),
        pytest.param(
            {"a.yaml": "x: 1\n"},
            {"a.yaml": "x: 2\n"},
            ["--- a/a.yaml", "+++ b/a.yaml", "@@ -1 +1 @@", "-x: 1", "+x: 2"],
            id="changed",
        ),
        pytest.param({}, {"b.yaml": "y: 1\n"}, ["--- (no file)", "+++ b/b.yaml", "@@ -0,0 +1 @@", "+y: 1"], id="added"),
        pytest.param({"b.yml": "y: 1\n"}, {}, ["--- a/b.yml", "+++ (no file)", "@@ -1 +0,0 @@", "-y: 1"], id="removed"),
        pytest.param({"n.txt": "1"}, {"n.txt": "2"}, [], id="no YAML"),
    ],
)
def test_files_are_compared_as_text(
    before: dict[str, str], after: dict[str, str], lines: list[str], tmp_path: Path
) -> None:
    for name, files in (("old", before), ("new", after)):
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
    assert list(text_diff(tmp_path / "old", tmp_path / "new").lines) == lines


def test_lines_show_no_secret(tmp_path: Path) -> None:
    text = 'mailboxes: {a: {pin: "%s", keep: 9d}}\nmail:\n  password: >-\n    %s-word\n  user: ${ENV:MAIL_USER}\n'
    text += "menus: {a: {direct_dial: true, collect: {secret: true}}}\n"
    for name, pin in (("old", "4711"), ("new", "0815")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(text % (pin, pin))
    shown = "\n".join(text_diff(tmp_path / "old", tmp_path / "new").lines)
    assert "4711" not in shown and "0815" not in shown
    assert '-mailboxes: {a: {pin: "•••", keep: 9d}}' in shown and "user: ${ENV:MAIL_USER}" in shown
    assert "direct_dial: true, collect: {secret: true}" in shown, "that something is secret is no secret"


def test_what_is_no_text_or_too_much_of_it_is_said(tmp_path: Path) -> None:
    for name, content in (("old", b"x: 1\n"), ("new", b"\xff\xfe")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_bytes(content)
        (tmp_path / name / "b.yaml").write_text("".join(f"k{n}: {name}\n" for n in range(5_000)))
    found = text_diff(tmp_path / "old", tmp_path / "new")
    assert found.cut and found.lines[0] == "--- a.yaml is too large, or no text, and was not compared"
