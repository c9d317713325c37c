"""The sandbox of templates that an admin writes: jinja2 where nothing is called and nothing is endless.

Owns what a template may do. It may read what it is given, choose, loop over what is there and use a few filters. It
may not call, import or define anything, so no way leads to Python; each turn of a loop, each filter, each list put
together and each piece of output is counted and looks at the clock, so that it ends in the thread it began in.
"""

from __future__ import annotations

import json
import math
import operator
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import SandboxedEnvironment
from jinja2.visitor import NodeVisitor

MOST_OUTPUT: Final = 256 * 1024
MOST_STEPS: Final = 20_000
#: Of the processor, so that a busy machine fails nothing.
SECONDS: Final = 0.1
_LARGEST_NUMBER: Final = 2**63
#: Of a list, a tuple or a mapping that a template puts together: so many values, one within another so often.
MOST_VALUES: Final = 10_000
DEEPEST: Final = 32
#: Of a template itself, before it is compiled: its letters, its parts, parts within each other, and loops. Python's own
#: compiler takes no more than 20 loops or 100 conditions within each other, and answers more with faults of its own.
LONGEST_TEMPLATE: Final = 20_000
MOST_PARTS: Final = 20_000
DEEPEST_PARTS: Final = 60
DEEPEST_LOOPS: Final = 10

_KINDS_REFUSED: Final = {
    nodes.Call: "calls something",
    nodes.Macro: "defines a macro",
    nodes.CallBlock: "calls a block",
    nodes.Import: "imports",
    nodes.FromImport: "imports",
    nodes.Include: "includes",
    nodes.Extends: "extends another",
    nodes.Block: "defines a block",
    nodes.FilterBlock: "filters a block",
    nodes.AssignBlock: "sets a block of text",
}


class TemplateFault(Exception):
    """A template cannot be used, or not with what it was given; the text says why, for the admin."""


class TooMuch(Exception):
    """A template takes or makes more than it may."""


class TooLarge(Exception):
    """A template is more than can be compiled."""


@dataclass
class _Budget:
    ends: float
    steps: int = 0

    def spend(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooMuch(f"it takes more than {MOST_STEPS} steps")
        if time.thread_time() > self.ends:
            raise TooMuch(f"it takes more than {SECONDS * 1000:.0f} ms of the processor")


_budget: ContextVar[_Budget] = ContextVar("budget")


class Raw(str):
    """Output that is in its form already."""

    __slots__ = ()


def counted(values: Iterable[Any]) -> Iterator[Any]:
    budget = _budget.get()
    for value in values:
        budget.spend()
        yield value


def _joined(values: Iterable[Any], between: Any = "") -> str:
    between = str(between)
    pieces: list[str] = []
    length = 0
    for value in counted(values):
        pieces.append(str(value))
        length += len(pieces[-1]) + len(between)
        if length > MOST_OUTPUT + len(between):
            break  # it does not fit, and becomes no longer
    return fits(between.join(pieces))


def _put_together(value: Any) -> Any:
    """Return a list or a mapping of a template's own, as long as it is not too much to be written down or compared.

    In memory `[a, a]` is small, however much is in `a`; whoever walks through it meets all of that twice.
    """
    level, values, letters = [value], 0, 0
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, str):
                letters += len(one)
            elif isinstance(one, int):
                letters += one.bit_length() // 3
            elif isinstance(one, Mapping):
                inner += [*one.keys(), *one.values()]
            elif isinstance(one, list | tuple):
                inner += one
            if values + len(inner) > MOST_VALUES or letters > MOST_OUTPUT:
                raise TooMuch(f"it puts together more than {MOST_VALUES} values, or {MOST_OUTPUT >> 10} kB of text")
        if not inner:
            return value
        values += len(inner)
        level = inner
    raise TooMuch(f"it puts more than {DEEPEST} lists within each other")


def fits(text: str) -> str:
    if len(text) > MOST_OUTPUT:
        raise TooMuch(f"it makes a text of more than {MOST_OUTPUT >> 10} kB")
    return text


def as_text(value: Any) -> str:
    return "" if value is None or isinstance(value, jinja2.Undefined) else str(value)


def _default(value: Any, other: Any = "") -> Any:
    return other if value is None or isinstance(value, jinja2.Undefined) or value == "" else value


def _whole(value: Any) -> int:
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return 0


def _to_json(value: Any) -> Raw:
    known = None if isinstance(value, jinja2.Undefined) else value
    return Raw(fits(json.dumps(known, ensure_ascii=False, allow_nan=False)))


#: All there is; each counts as a step. None makes more out of less than the output's bound allows.
_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "counted_": counted,
    "joined_": _joined,
    "put_together_": _put_together,
    "default": _default,
    "int": _whole,
    "float": lambda value: float(value) if isinstance(value, int | float) else float(_whole(value)),
    "round": lambda value, digits=0: round(float(value), min(max(int(digits), 0), 9)),
    "string": as_text,
    "length": lambda value: len(value) if isinstance(value, str | list | tuple | Mapping) else 0,
    "lower": lambda value: as_text(value).lower(),
    "upper": lambda value: fits(as_text(value).upper()),
    "trim": lambda value: as_text(value).strip(),
    "truncate": lambda value, most=255: as_text(value)[: max(int(most), 0)],
    "digits": lambda value: "".join(letter for letter in as_text(value) if letter in "0123456789"),
    "time": lambda value: as_text(value)[:19].replace("T", " "),
    "first": lambda value: next(iter(value), None) if isinstance(value, str | list | tuple) else None,
    "last": lambda value: value[-1] if isinstance(value, str | list | tuple) and value else None,
    "join": _joined,
    "items": lambda value: list(value.items()) if isinstance(value, Mapping) else [],
    "tojson": _to_json,
}


class Environment(SandboxedEnvironment):
    """The sandbox. `finalize` gives each value that is put out its form."""

    intercepted_binops = frozenset(SandboxedEnvironment.default_binop_table)

    def __init__(self, finalize: Callable[[Any], str]) -> None:
        # What is missing is empty: a caller nobody knows is nothing unusual.
        # Nothing is calculated while compiling: that takes the square of what stands within each other, and more.
        super().__init__(
            undefined=jinja2.ChainableUndefined, finalize=finalize, autoescape=False, cache_size=0, optimized=False
        )  # fmt: skip
        self.globals.clear()
        self.tests = {name: self.tests[name] for name in ("defined", "none", "string", "number", "mapping", "in")}
        self.filters = {name: _spending(function) for name, function in _FILTERS.items()}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what a mapping has under this name, or what a loop tells of itself."""
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        if isinstance(obj, jinja2.Undefined):
            return obj
        if isinstance(obj, LoopContext) and attribute in ("index", "index0", "first", "last", "length"):
            return getattr(obj, attribute)
        if obj is None:
            return self.undefined(obj=obj, name=attribute)
        raise SecurityError(f"{attribute!r} of what is no mapping")

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return an item of a list or a text; anything else as with `getattr`."""
        if isinstance(obj, list | tuple | str) and isinstance(argument, int | slice):
            try:
                return obj[argument]
            except IndexError:
                return self.undefined(obj=obj, name=str(argument))
        return self.getattr(obj, str(argument))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Calculate with numbers that stay small; texts and lists can only be added."""
        _budget.get().spend()
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return fits(left + right)
        numbers = all(isinstance(one, int | float) and abs(one) < _LARGEST_NUMBER for one in (left, right))
        if not numbers or operator == "**":
            raise SecurityError(f"{operator!r} with what is no number, or none of the size for it")
        try:
            return _BINARY[operator](left, right)
        except ZeroDivisionError:
            return 0

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        _require_bounded(source)
        _Rules().visit(source)
        return super()._generate(source, name, filename, defer_init)


_BINARY: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod,
}  # fmt: skip


def _spending(function: Callable[..., Any]) -> Callable[..., Any]:
    def filtered(*given: Any, **named: Any) -> Any:
        _budget.get().spend()
        return function(*given, **named)

    return filtered


def _require_bounded(source: nodes.Template) -> None:
    """Raise TooLarge for a template that is too large or too deep to be compiled; walks without calling itself."""
    parts = 0
    left: list[tuple[nodes.Node, int, int]] = [(source, 0, 0)]
    while left:
        node, depth, loops = left.pop()
        parts += 1
        loops += isinstance(node, nodes.For)
        if parts > MOST_PARTS or depth > DEEPEST_PARTS or loops > DEEPEST_LOOPS:
            raise TooLarge(f"it has more than {DEEPEST_PARTS} parts, or {DEEPEST_LOOPS} loops, within each other")
        if isinstance(node, nodes.Const) and isinstance(node.value, float) and not math.isfinite(node.value):
            raise TooLarge("it has a number without end")
        left += [(child, depth + 1, loops) for child in node.iter_child_nodes()]


class _Rules(NodeVisitor):
    """Refuses what a template may not contain, and lets loops, texts and lists put together count what they do."""

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        why = _KINDS_REFUSED.get(type(node))
        if why is None and isinstance(node, nodes.For) and node.recursive:
            why = "has a loop within itself"
        if why is None and (name := _inner_name(node)) is not None:
            why = f"reaches for {name!r}"
        if why is not None:
            raise SecurityError(f"it {why}, in line {node.lineno}")
        super().visit(node, *args, **kwargs)
        for field, value in node.iter_fields():
            if isinstance(value, nodes.Node):
                setattr(node, field, _bounded(value))
            elif isinstance(value, list):
                value[:] = [_bounded(one) for one in value]
        if isinstance(node, nodes.For):
            node.iter = _through("counted_", node.iter)


def _inner_name(node: nodes.Node) -> str | None:
    """Return the name of something that is Python's own, where a node asks for it: no value of ours has such a name."""
    name: object = None
    if isinstance(node, nodes.Getattr):
        name = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        name = node.arg.value
    return name if isinstance(name, str) and name.startswith("__") else None


def _bounded(node: Any) -> Any:
    """Return what stands for a node that puts something together; any other is itself, as is what is assigned to."""
    if isinstance(node, nodes.Concat):
        return _through("joined_", nodes.List(node.nodes, lineno=node.lineno))
    match node:
        case nodes.List() | nodes.Dict() | nodes.Tuple(ctx="load"):
            return _through("put_together_", node)
        case _:
            return node


#: What comes of a template that is wrong in itself, or with what it was given; SyntaxError is of Python's own compiler.
_THEIRS: Final = (
    jinja2.TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, NameError,
    RecursionError, SyntaxError, TypeError, ValueError,
)  # fmt: skip


def _through(name: str, node: nodes.Node) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def within_bounds(work: Callable[[], Any]) -> Any:
    """Compile or use a template. Raises TemplateFault, and nothing else that the template's author may bring about."""
    token = _budget.set(_Budget(time.thread_time() + SECONDS))
    try:
        return work()
    except TooMuch as error:
        raise TemplateFault(f"the template does not come to an end: {error}") from error
    except TooLarge as error:
        raise TemplateFault(f"the template is more than can be read: {error}") from error
    except SecurityError as error:
        raise TemplateFault(f"the template may not do this: {error}") from error
    except jinja2.TemplateSyntaxError as error:
        raise TemplateFault(f"the template cannot be read: {error.message}, in line {error.lineno}") from error
    except _THEIRS as error:
        raise TemplateFault(f"the template cannot be used with this: {type(error).__name__}") from error
    finally:
        _budget.reset(token)
