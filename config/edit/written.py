"""How values are written as YAML: in the form that an admin would have chosen.

Pure; knows nothing of places or of the schema.
"""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any

#: A line is not longer than this if that can be helped.
WIDTH = 110
#: Texts that need no quotes, whoever reads them: none of YAML 1.1's words, no sign that means something.
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9_@./+-]|[ ](?=[A-Za-z0-9]))*|[0-9]{1,6}(?:ms|s|m|min|h|d)")
_WORDS = frozenset("true false yes no on off null y n".split())  # noqa: SIM905 - easier to read
_NOT_IN_BLOCKS = re.compile("[^ -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")

Value = Any  # Any: what YAML holds: dict, list, text, number, true, false, nothing


def one_line(value: Value, style: str = "") -> str:
    """Write a value on one line; a text in quotes if it was in quotes before, as `style` says."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key_text(key)}: {one_line(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(one_line(inner) for inner in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    if style == "'" and not _NOT_IN_BLOCKS.search(text):
        return "'" + text.replace("'", "''") + "'"
    if style != '"' and _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", quoted)


def key_text(key: str, style: str = "") -> str:
    """Write a key: digits and names as they are, everything else in quotes."""
    return key if not style and re.fullmatch(r"[0-9]{1,8}", key) else one_line(key, style)


def entry_lines(key: str, value: Value, indent: int, *, block: bool = False) -> list[str]:
    """Write `key: value` in lines; with `block` a mapping is never written in brackets."""
    head = " " * indent + key_text(key) + ":"
    return [head + (inner := value_lines(value, indent, len(head), block=block))[0], *inner[1:]]


def item_lines(value: Value, indent: int) -> list[str]:
    """Write an item of a list in lines."""
    lines = [f"{' ' * indent}- {one_line(value)}"]
    if len(lines[0]) > WIDTH and isinstance(value, dict) and value:
        inner = [line for key, part in value.items() for line in entry_lines(key, part, indent + 2)]
        return [f"{' ' * indent}- {inner[0].lstrip(' ')}", *inner[1:]]
    return lines


def value_lines(value: Value, indent: int, used: int, style: str = "", *, block: bool = False) -> list[str]:
    """Write what stands behind the colon of a key at `indent`, in a line of which so much is `used`."""
    line = " " + one_line(value, style)
    if isinstance(value, str):
        long = used + len(line) > WIDTH and style not in ('"', "'")
        if "\n" in value or long or style in (">", "|"):
            return _paragraph(value, indent) or [line]
        return [line]
    if isinstance(value, dict) and value and (block or used + len(line) > WIDTH or _is_deep(value)):
        return ["", *(inner for key, part in value.items() for inner in entry_lines(key, part, indent + 2))]
    if isinstance(value, list) and used + len(line) > WIDTH:
        return ["", *(inner for part in value for inner in item_lines(part, indent + 2))]
    return [line]


def _is_deep(value: Value) -> bool:
    """Tell whether there are mappings within mappings of a mapping: in brackets nobody could read that."""
    inner = [part for part in value.values() if isinstance(part, dict)]
    return any(isinstance(part, dict) for mapping in inner for part in mapping.values())


def _paragraph(text: str, indent: int) -> list[str] | None:
    """Write a text below its key, folded or line by line; None for one that cannot stand so."""
    lines = text.split("\n")
    before = " " * (indent + 2)
    if any(_NOT_IN_BLOCKS.search(line) or line != line.strip() or not line for line in lines) or text.startswith("#"):
        return None
    if len(lines) > 1:
        return [" |-", *(before + line for line in lines)]
    if "  " in text:
        return None
    wrapped = textwrap.wrap(text, max(40, WIDTH - len(before)), break_long_words=False, break_on_hyphens=False)
    return [" >-", *(before + line for line in wrapped)]
