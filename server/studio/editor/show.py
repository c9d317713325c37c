"""The controls of a form: what a page shows for a value of some shape, and what it would send back untouched.

Owns how a value is written into a field. Whatever does not fit its shape is shown as YAML, and so it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from config.edit.written import one_line
from config.reading.tree import Step
from server.studio.editor.names import Names
from server.studio.editor.shapes import Field, Group, Leaf, Rows, Shape

#: Nothing is written here.
ABSENT: Final = object()
Value = Any  # Any: what YAML holds, or ABSENT


@dataclass(frozen=True)
class Control:
    """One control, or a box of them. `name` is that of the form's field, `path` the way to the value in the YAML."""

    kind: str
    name: str
    path: tuple[Step, ...]
    label: str = ""
    help: str = ""
    required: bool = False
    value: str = ""
    default: str = ""
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()
    chosen: frozenset[str] = frozenset()
    inner: tuple[Control, ...] = ()
    #: Something is written here; a box that is empty is shown closed.
    is_set: bool = False
    secret: bool = False
    #: The control for the key of a row.
    key: Control | None = None

    def sent(self) -> Iterator[tuple[str, str]]:
        """Yield what a browser sends for it when nobody touches it."""
        if self.kind in ("group", "rows", "prompt", "row"):
            if self.key is not None:
                yield from self.key.sent()
            for control in self.inner:
                yield from control.sent()
        elif self.kind == "names":
            yield from ((f"{self.name}.{name}", "1") for name in sorted(self.chosen))
        else:
            yield self.name, self.value

    def all(self) -> Iterator[Control]:
        """Yield it and everything in it."""
        yield self
        for control in (*((self.key,) if self.key else ()), *self.inner):
            yield from control.all()


@dataclass(frozen=True)
class Showing:
    """Makes controls. `blank` says how many empty rows are wanted in which rows."""

    names: Names
    blank: Mapping[str, int] = field(default_factory=dict)

    def control(self, shape: Shape, value: Value, name: str, path: tuple[Step, ...] = ()) -> Control:
        """Return the control for a value."""
        if value is not ABSENT and not fits(shape, value):
            return Control("yaml", name, path, value=one_line(value), is_set=True)
        if isinstance(shape, Group):
            return self._group(shape, value, name, path)
        if isinstance(shape, Rows):
            return self._rows(shape, value, name, path)
        return self._leaf(shape, value, name, path)

    def _group(self, shape: Group, value: Value, name: str, path: tuple[Step, ...]) -> Control:
        whole = whole_of(shape, value)
        inner = tuple(
            self._labelled(
                one,
                self.control(
                    one.shape,
                    whole.get(one.key, ABSENT),
                    f"{name}.{one.key}",
                    # What stands for the whole is where the whole is.
                    path if shape.short == one.key and value is not ABSENT and whole is not value else (*path, one.key),
                ),
            )
            for one in shape.fields
        )
        return Control("group", name, path, inner=inner, is_set=value is not ABSENT)

    @staticmethod
    def _labelled(one: Field, control: Control) -> Control:
        return replace(control, label=one.label, help=one.help, required=one.required)

    def _rows(self, shape: Rows, value: Value, name: str, path: tuple[Step, ...]) -> Control:
        written: list[tuple[Step, Value]] = []
        if isinstance(value, dict):
            written = list(value.items())
        elif isinstance(value, list):
            written = list(enumerate(value))
        rows = [self._row(shape, at, step, inner, name, path) for at, (step, inner) in enumerate(written)]
        for at in range(len(rows), len(rows) + self.blank.get(name, 0)):
            rows.append(self._row(shape, at, "" if shape.keyed else at, ABSENT, name, path))
        return Control("rows", name, path, inner=tuple(rows), is_set=value is not ABSENT)

    def _row(
        self, shape: Rows, at: int, step: Step, value: Value, name: str, path: tuple[Step, ...]
    ) -> Control:  # fmt: skip
        here, way = f"{name}.{at}", (*path, step)
        key = Control("text", f"{here}.key", way, label="Key", value=str(step)) if shape.keyed else None
        inner = self.control(shape.value, value, f"{here}.value", way)
        return Control("row", here, way, inner=(inner,), key=key, is_set=value is not ABSENT)

    def _leaf(self, shape: Leaf, value: Value, name: str, path: tuple[Step, ...]) -> Control:
        base = Control(shape.kind, name, path, default=shape.default, is_set=value is not ABSENT, secret=shape.secret)
        match shape.kind:
            case "prompt":
                return replace(base, inner=tuple(self._texts(value, name, path)))
            case "names":
                chosen = [str(one) for one in value] if isinstance(value, list) else []
                options = tuple(dict.fromkeys([*self._options(shape), *chosen]))
                return replace(base, options=(("", options),), chosen=frozenset(chosen))
            case "destination":
                written = destination_text(value)
                groups = self.names.destinations()
                if written and all(written not in options for _, options in groups):
                    groups = (("As it is", (written,)), *groups)
                return replace(base, options=groups, value=written)
            case "lines":
                return replace(base, value="\n".join(scalar_text(one) for one in value) if value is not ABSENT else "")
            case "name" | "choice" | "bool":
                options = ("true", "false") if shape.kind == "bool" else self._options(shape)
                written = scalar_text(value)
                return replace(
                    base,
                    options=(("", tuple(dict.fromkeys([*options, *([written] if written else [])]))),),
                    value=written,
                )
            case "yaml":
                return replace(base, value="" if value is ABSENT else one_line(value))
        return replace(base, value=scalar_text(value), options=(("", shape.options),) if shape.options else ())

    def _options(self, shape: Leaf) -> tuple[str, ...]:
        if shape.refers == "languages":
            return self.names.languages
        return self.names.of(shape.refers) if shape.refers else shape.options

    def _texts(self, value: Value, name: str, path: tuple[Step, ...]) -> Iterator[Control]:
        texts = texts_of(value, self.names)
        for language in dict.fromkeys([*self.names.languages, *texts]):
            way = (*path, language) if isinstance(value, dict) else path
            text = texts.get(language, "")
            yield Control("long", f"{name}.{language}", way, label=language, value=text, is_set=bool(text))


def texts_of(value: Value, names: Names) -> dict[str, str]:
    """Return a prompt's texts by language; one that stands alone is in the first language."""
    if isinstance(value, str):
        return {names.languages[0]: value}
    return {str(language): str(text) for language, text in value.items()} if isinstance(value, dict) else {}


def whole_of(shape: Group, value: Value) -> dict[str, Value]:
    """Return a group as it would be written in full."""
    if value is ABSENT:
        return {}
    if shape.short and (not isinstance(value, dict) or _is_destination(value)):
        return {shape.short: value}
    assert isinstance(value, dict)
    return value


def _is_destination(value: dict[str, Value]) -> bool:
    return len(value) == 1 and next(iter(value)) in ("menu", "department", "person", "voicemail", "fax")


def destination_text(value: Value) -> str:
    """Write a destination as the value of a choice: `billing`, `voicemail:billing`."""
    if value is ABSENT:
        return ""
    if isinstance(value, dict):
        kind, name = next(iter(value.items()))
        return f"{kind}:{name}"
    return scalar_text(value)


def scalar_text(value: Value) -> str:
    """Write a single value into a field."""
    if value is ABSENT:
        return ""
    return one_line(value) if value is None or isinstance(value, bool | int | float) else str(value)


def fits(shape: Shape, value: Value) -> bool:
    """Tell whether a value can be shown in this shape without losing anything."""
    match shape:
        case Group():
            if not isinstance(value, dict):
                return bool(shape.short) and isinstance(value, str | int)
            if shape.short == "go" and _is_destination(value):
                return isinstance(next(iter(value.values())), str)
            return bool(value) or not shape.short
        case Rows():
            return isinstance(value, dict if shape.keyed else list) and (not shape.keyed or all(map(_is_line, value)))
        case Leaf(kind="prompt"):
            texts = list(value.values()) if isinstance(value, dict) else [value]
            return bool(texts) and all(_is_text(text) for text in texts)
        case Leaf(kind="destination") if isinstance(value, dict):
            return _is_destination(value) and _is_line(next(iter(value.values())))
        case Leaf(kind="names" | "lines"):
            return isinstance(value, list) and all(_is_line(one) and not isinstance(one, float) for one in value)
        case Leaf(kind="long"):
            return _is_text(value)
        case Leaf(kind="yaml"):
            return True
    return _is_line(value)


def _is_text(value: Value) -> bool:
    """Tell whether a text field gives it back: browsers write every end of a line anew."""
    return isinstance(value, str) and "\r" not in value


def _is_line(value: Value) -> bool:
    """Tell whether a field of one line gives it back."""
    return isinstance(value, str | int | float) and not {"\n", "\r"} & set(str(value))
