"""What a form says: the value that it wants, given what is written now.

Owns reading fields back. What nobody touched stays the very value that it was, in whatever form it was written.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config.edit.rewrite import EditRefused, content_of
from server.studio.editor.names import Names
from server.studio.editor.shapes import Group, Leaf, Rows, Shape
from server.studio.editor.show import ABSENT, Showing, Value, fits, texts_of, whole_of

_ROW = re.compile(r"([0-9]{1,4})(?:\.|\Z)")
#: More rows than this nobody types; it bounds the work that a made-up form can make.
MOST_ROWS = 1000


class FieldUnreadable(ValueError):
    """A field that is written as YAML cannot be read; `name` is the field's."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(message)


@dataclass(frozen=True)
class Reading:
    """Reads one form. Line ends are those of a browser until here."""

    form: Mapping[str, str]
    names: Names
    #: Rows that were taken out, by their names.
    dropped: frozenset[str] = frozenset()
    #: Reads what cannot be read as the text that it is, for a form that is shown again.
    lenient: bool = False
    #: The fields' names, sorted: those of a part are found without a look at all others.
    _sorted: list[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_sorted", sorted(self.form))

    def value(self, shape: Shape, now: Value, name: str) -> Value:
        """Return the value that is wanted; ABSENT for none. Raises FieldUnreadable."""
        sent = {key: _lines(self.form[key]) for key in self._within(name)}
        if name in self.form:
            sent[name] = _lines(self.form[name])
        shown = Showing(self.names).control(shape, now, name)
        if sent == dict(shown.sent()) and not any(row.startswith(name + ".") for row in self.dropped):
            return now
        if now is not ABSENT and not fits(shape, now):
            return self._yaml(name)
        if isinstance(shape, Group):
            return self._group(shape, now, name)
        if isinstance(shape, Rows):
            return self._rows(shape, now, name)
        return self._leaf(shape, now, name, sent)

    def _group(self, shape: Group, now: Value, name: str) -> Value:
        whole = whole_of(shape, now)
        known = {one.key for one in shape.fields}
        wanted: dict[str, Value] = {}
        for one in shape.fields:
            read = self.value(one.shape, whole.get(one.key, ABSENT), f"{name}.{one.key}")
            if read is not ABSENT:
                wanted[one.key] = read
        wanted |= {key: value for key, value in whole.items() if key not in known}
        wanted = _in_order(wanted, list(whole))
        if not wanted:
            return ABSENT
        if set(wanted) == {shape.short} and (now is ABSENT or whole is not now):
            return wanted[shape.short]
        return wanted

    def _rows(self, shape: Rows, now: Value, name: str) -> Value:
        before = list(now.items() if isinstance(now, dict) else enumerate(now)) if now is not ABSENT else []
        pairs: list[tuple[Any, Value]] = []
        for at in self._indices(name):
            here = f"{name}.{at}"
            if here in self.dropped:
                continue
            key = _lines(self.form.get(f"{here}.key", "")).strip() if shape.keyed else at
            old = before[at][1] if at < len(before) else ABSENT
            if isinstance(now, dict) and key in now:  # rows move up when one is taken out
                old = now[key]
            read = self.value(shape.value, old, f"{here}.value")
            if read is ABSENT and (not shape.keyed or not key):
                continue
            if read is ABSENT:
                read = {} if isinstance(shape.value, Group) else ""
            pairs.append((key if key != "" else "?", read))
        if not pairs:
            return ABSENT
        if shape.keyed:
            wanted: dict[str, Value] = {}
            for key, read in pairs:
                while self.lenient and key in wanted:
                    key = f"{key}?"
                if key in wanted:
                    raise FieldUnreadable(name, f"{key} is there twice: delete one, or call it otherwise")
                wanted[key] = read
            return wanted
        return [read for _, read in pairs]

    def _within(self, name: str) -> list[str]:
        """Return the fields below a name; the sign behind a dot in the order of signs is a slash."""
        return self._sorted[bisect_left(self._sorted, f"{name}.") : bisect_left(self._sorted, f"{name}/")]

    def _indices(self, name: str) -> list[int]:
        within = (key[len(name) + 1 :] for key in self._within(name))
        found = {int(match[1]) for key in within if (match := _ROW.match(key)) is not None}
        return sorted(found)[:MOST_ROWS]

    def _leaf(self, shape: Leaf, now: Value, name: str, sent: Mapping[str, str]) -> Value:
        if shape.kind == "prompt":
            return self._prompt(now, name, sent)
        if shape.kind == "names":
            chosen = [key[len(name) + 1 :] for key in sent]
            before = [str(one) for one in now] if now is not ABSENT else []
            wanted = [one for one in before if one in chosen] + [one for one in chosen if one not in before]
            return wanted or ABSENT
        text = sent.get(name, "").strip()
        if not text:
            return ABSENT
        if shape.kind == "yaml":
            return self._yaml(name)
        return _single(shape, text, now)

    def _prompt(self, now: Value, name: str, sent: Mapping[str, str]) -> Value:
        before = texts_of(now, self.names)
        texts = {key[len(name) + 1 :]: text.strip() for key, text in sent.items()}
        wanted = {
            language: before[language] if text == before.get(language, "").strip() else text
            for language, text in texts.items()
            if text
        }
        if not wanted:
            return ABSENT
        alone = isinstance(now, str) or (now is ABSENT and len(self.names.languages) == 1)
        if alone and set(wanted) == {self.names.languages[0]}:
            return next(iter(wanted.values()))
        return wanted

    def _yaml(self, name: str) -> Value:
        text = _lines(self.form.get(name, "")).strip()
        if not text:
            return ABSENT
        indented = "\n".join(f"  {line}" for line in text.split("\n"))
        try:
            return content_of(f"value:\n{indented}\n".encode())["value"]
        except (EditRefused, KeyError) as error:
            if self.lenient:
                return text
            raise FieldUnreadable(name, str(error) or "this is no YAML") from None


def _in_order(wanted: dict[str, Value], before: list[str]) -> dict[str, Value]:
    """Return the same with what was there before in its order, and what is new behind what it follows in the form."""
    order = [key for key in before if key in wanted]
    last = ""
    for key in wanted:
        if key not in order:
            order.insert(order.index(last) + 1 if last else 0, key)
        last = key
    return {key: wanted[key] for key in order}


def _single(shape: Leaf, text: str, now: Value) -> Value:
    """Read one value; what cannot be read stays text, and the check says what is wrong with it."""
    match shape.kind:
        case "lines":
            lines = [line.strip() for line in text.split("\n") if line.strip()]
            before = {str(one): one for one in now} if now is not ABSENT else {}
            return [before.get(line, line) for line in lines]
        case "bool" if text in ("true", "false"):
            return text == "true"
        case "int" | "number" | "duration" | "days" if re.fullmatch(r"-?(0|[1-9][0-9]{0,8})", text):
            return int(text)
        case "number" | "duration" if re.fullmatch(r"[0-9]{1,6}\.[0-9]{1,3}", text):
            return float(text) if repr(float(text)) == text else text
        case "digits" if not shape.secret and not isinstance(now, str) and re.fullmatch(r"[1-9][0-9]{0,8}", text):
            return int(text)
        case "destination" if ":" in text:
            kind, _, name = text.partition(":")
            return {kind: name}
    return text


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
