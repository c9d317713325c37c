"""Changes the text of a YAML file so that it says something else, and nothing more than that.

Owns finding the smallest change: comments, order, quotes, line ends and all else stay byte for byte. Pure, and knows
nothing of the schema. What came out is read again and compared, so a change is right, or refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from config.edit.spans import Branch, Item, Leaf, Span, spans_of
from config.edit.written import Value, entry_lines, item_lines, key_text, one_line, value_lines
from config.errors import ConfigError
from config.reading.tree import plain
from config.reading.yaml_text import parse

_BOM = "\ufeff"


class EditRefused(ConfigError):
    """This cannot be changed by itself; the message says what to do instead."""


def content_of(raw: bytes) -> dict[str, Value]:
    """Return what a file says.

    Raises:
        EditRefused: the file cannot be read as YAML.
    """
    parsed = parse(raw, "")
    if not parsed.complete or parsed.findings:
        raise EditRefused(f"the file has a mistake that must be mended as text first: {parsed.findings[0].message}")
    content = plain(parsed.root)
    assert isinstance(content, dict)
    return content


def rewrite(raw: bytes, wanted: dict[str, Value]) -> bytes:
    """Return the file with just what is needed changed, so that it says what is `wanted`.

    Raises:
        EditRefused: the file has mistakes, or the change cannot be made without touching more than it should.
    """
    if _same(content_of(raw), wanted):
        return raw
    text = raw.decode("utf-8")
    bom, text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    changed = (bom + _Rewriting(text).make(wanted)).encode()
    if not _same(content_of(changed), wanted):
        raise EditRefused("this change would touch more than it should: make it in the text")
    return changed


def _same(one: Value, other: Value) -> bool:
    """Compare without taking 1 for true or for 1.0; the order of keys makes no difference."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@dataclass(slots=True)
class _Rewriting:
    """One text, and what is cut out of it and put into it."""

    text: str
    #: From where to where, and what comes there; in the order in which they stand.
    splices: list[tuple[int, int, str]] = field(default_factory=list)
    end_of_line: str = "\n"

    def make(self, wanted: dict[str, Value]) -> str:
        first = self.text.find("\n")
        self.end_of_line = "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"
        root = spans_of(self.text)
        if root is None or not root.items:
            if root is not None and root.flow:
                self._cut(root.start, root.end, "")
            lines = [line for key, value in wanted.items() for line in entry_lines(key, value, 0, block=True)]
            self._insert_lines(len(self.text), lines)
        elif not wanted:
            raise EditRefused("the last section of a file cannot be removed: delete the file")
        else:
            self._mapping(root, wanted, 0)
        pieces, at = [], 0
        for start, end, put in sorted(self.splices, key=lambda splice: splice[:2]):
            if start < at:
                raise EditRefused("two changes would touch the same place: make them one after the other")
            pieces += [self.text[at:start], put]
            at = end
        return "".join([*pieces, self.text[at:]])

    # ---- what changes

    def _change(self, item: Item, wanted: Value, indent: int, in_flow: bool) -> None:
        """Let the value of an entry or item be what is wanted; `indent` is the column of the entry."""
        node = item.value
        if _same(node.value, wanted):
            return
        if isinstance(node, Branch) and node.items and wanted:
            if not node.is_list and isinstance(wanted, dict):
                self._mapping(node, wanted, self._column(node.items[0].start))
                return
            if node.is_list and isinstance(wanted, list):
                self._list(node, wanted, self._column(node.start))
                return
        self._replace(item, node, wanted, indent, in_flow)

    def _replace(self, item: Item, node: Span, wanted: Value, indent: int, in_flow: bool) -> None:
        style = node.style if isinstance(node, Leaf) else ""
        if in_flow or item.key is None:
            space = " " if node.start == node.end else ""
            self._cut(node.start, node.end, space + one_line(wanted, style))
            return
        lines = value_lines(wanted, indent, item.after_key - self._line_start(item.start), style)
        if len(lines) == 1 and (isinstance(node, Leaf) or node.flow) and node.start < node.end:
            self._cut(node.start, node.end, lines[0][1:])  # what stands between colon and value stays
        else:
            self._cut(item.after_key, node.end, self.end_of_line.join(lines))

    def _mapping(self, node: Branch, wanted: dict[str, Value], indent: int) -> None:
        old = {item.key.text: item for item in node.items if item.key is not None}
        stays = {key: old[key] for key in wanted if key in old}
        for key, before in _renames(old, wanted).items():
            written = old[before].key
            assert written is not None
            self._cut(written.start, written.end, key_text(key, written.style))
            stays[key] = old[before]
        # A new entry looks as those around it.
        block = indent == 0 or any(_is_block(item.value) for item in node.items)
        order = []
        for key, value in wanted.items():
            if (item := stays.get(key)) is not None:
                self._change(item, value, indent, node.flow)
            lines = (
                [f"{key_text(key)}: {one_line(value)}"] if node.flow else entry_lines(key, value, indent, block=block)
            )
            order.append((item, lines))
        self._add_and_remove(node, order)

    def _list(self, node: Branch, wanted: list[Value], indent: int) -> None:
        pairs = _pairs([item.value.value for item in node.items], wanted)
        order = []
        for index, value in enumerate(wanted):
            item = node.items[pairs[index]] if index in pairs else None
            if item is not None:
                self._change(item, value, indent, node.flow)
            order.append((item, [one_line(value)] if node.flow else item_lines(value, indent)))
        self._add_and_remove(node, order)

    def _add_and_remove(self, node: Branch, order: list[tuple[Item | None, list[str]]]) -> None:
        """Put in what is new, behind what it follows, and take out what is not in the order; something of it stays."""
        kept = [item for item, _ in order if item is not None]
        behind = kept[0]
        for item, lines in order:
            if item is not None:
                behind = item
            elif node.flow:
                self._cut(behind.end, behind.end, ", " + lines[0])
            else:
                self._insert_lines(self._line_end(behind.end), lines)
        for run in _runs(node.items, kept):
            self._remove(node, run)

    def _remove(self, node: Branch, run: slice) -> None:
        first, last = node.items[run][0], node.items[run][-1]
        following = node.items[run.stop] if run.stop < len(node.items) else None
        line = self._line_start(first.start)
        if node.flow:
            start = first.start if following is not None else node.items[run.start - 1].end
            self._cut(start, following.start if following is not None else last.end, "")
        elif node.is_list or not self.text[line : first.start].strip():
            end = self._line_end(last.end)
            if end == len(self.text) and self.text[end - 1] != "\n" and line:
                line -= len(self.end_of_line)  # the text goes on to end without a line end
            self._cut(line, end, "")
        elif following is not None:  # the first entry stands behind the dash of a list
            self._cut(first.start, following.start, "")

    # ---- where things are

    def _cut(self, start: int, end: int, put: str) -> None:
        self.splices.append((start, end, put))

    def _column(self, index: int) -> int:
        return index - self._line_start(index)

    def _line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def _line_end(self, index: int) -> int:
        """Return where the next line begins."""
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1

    def _insert_lines(self, index: int, lines: list[str]) -> None:
        """Put lines where a line begins, or at the end of a text that ends without a line end, and so it stays."""
        joined = self.end_of_line.join(lines)
        if index and self.text[index - 1] != "\n":
            self._cut(index, index, self.end_of_line + joined)
        else:
            self._cut(index, index, joined + self.end_of_line)


def _is_block(node: Span) -> bool:
    return isinstance(node, Branch) and not node.is_list and not node.flow


def _renames(old: Mapping[str, Item], wanted: Mapping[str, Value]) -> dict[str, str]:
    """Return the old name of each new one: where one stands at the place of another, or says the same."""
    removed = {key: index for index, key in enumerate(old) if key not in wanted}
    found: dict[str, str] = {}
    for index, (key, value) in enumerate(wanted.items()):
        if key in old:
            continue
        said = next((before for before in removed if _same(old[before].value.value, value)), None)
        here = next((before for before, place in removed.items() if place == index), None)
        if (before := said or here) is not None:
            found[key] = before
            del removed[before]
    return found


def _pairs(old: Sequence[Value], wanted: Sequence[Value]) -> dict[int, int]:
    """Return which old item each wanted one was: the same from the front and from the back, then one after another."""
    front, least = 0, min(len(old), len(wanted))
    while front < least and _same(old[front], wanted[front]):
        front += 1
    back = 0
    while back < least - front and _same(old[-1 - back], wanted[-1 - back]):
        back += 1
    pairs = {index: index for index in range(least - back)}
    return pairs | {len(wanted) - 1 - index: len(old) - 1 - index for index in range(back)}


def _runs(items: Sequence[Item], kept: Sequence[Item]) -> Iterator[slice]:
    """Yield stretches of items of which none is kept."""
    stays = {id(item) for item in kept}
    start = None
    for index, item in enumerate(items):
        if id(item) in stays:
            if start is not None:
                yield slice(start, index)
            start = None
        elif start is None:
            start = index
    if start is not None:
        yield slice(start, len(items))
