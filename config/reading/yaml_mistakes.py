"""Says in an admin's words what the YAML parser has refused, where that begins, and the mend.

Knows the parser's sentences; nothing of the site.
"""

from __future__ import annotations

import yaml
from yaml.error import MarkedYAMLError, YAMLError
from yaml.tokens import ScalarToken

from config.findings import Finding
from config.reading.yaml_places import LINE_END, STRANGE_END, Places
from config.rules.book import found

#: What the parser says, what an admin understands, and the mend.
_PLAINLY = (
    ("mapping values are not allowed", "a colon is not expected here", "align the line, or put the text in quotes"),
    ("sequence entries are not allowed", "a dash is not expected here", "begin the list on the line below"),
    ("unexpected end of stream", "a quote is opened here and never closed", "close it"),
    ("expected key", "this line does not fit the lines around it", "align it with them"),
    ("expected '-' indicator", "this line does not fit the lines around it", "align it with them"),
    ("expected <document start>", "this line does not fit the lines around it", "align it with them"),
    ("expected ',' or", "a bracket is not closed, or a comma is missing before this", "close it or add the comma"),
    ("could not find expected ':'", "a colon is missing after this", "write `key: value`"),
    ("unexpected ':'", "a colon within brackets needs a space and a value", "write `key: value`, or use quotes"),
    ("expected alphabetic or numeric", "a text cannot begin with this sign", "put it in quotes"),
    ("cannot start any token", "a text cannot begin with this sign", "put it in quotes"),
    ("expected node content", "a value is missing before this sign", "write it, or delete the sign"),
    ("escape", "this escape is none that YAML knows", "write \\\\ for a backslash, or use single quotes"),
)
#: Where what is refused was begun says more than where the parser noticed.
_BEGUN = ("unexpected end of stream", "could not find expected ':'", "expected alphabetic or numeric")
_TAB = ("a tab cannot be used for indentation", "use spaces")
_OPEN_BRACKET = ("the file ends inside a bracket that opens here", "close it")


def mistake(error: MarkedYAMLError, text: str, places: Places) -> Finding:
    """Return E105 for what the parser has refused."""
    problem = str(error.problem or "")
    begun = any(said in problem for said in _BEGUN)
    at_end = error.problem_mark is not None and not text[error.problem_mark.index :].strip()
    in_bracket = "expected ',' or" in problem and at_end
    mark = (error.context_mark if begun or in_bracket else None) or error.problem_mark
    index = mark.index if mark is not None else 0
    if error.problem_mark is not None and (quote := _wrong_quotes(text, error.problem_mark.index)) is not None:
        opens, closes = places.at(quote[0]), places.at(quote[1] - 1)
        line = "this line" if opens.line == closes.line else f"line {closes.line}"
        message = f"the quotes that open here close at a wrong place, on {line}"
        return found("E105", opens, message, "close them where the text ends; inside it use other quotes")
    place = places.at(index)
    if text[max(index - 1, 0) : index + 1] == "${":
        return found("E105", place, "a reference inside { } needs quotes", 'write "${ENV:NAME}"')
    if STRANGE_END.search(text, max(index - 1, 0), index + 1) is not None:
        return found("E105", place, "a strange line end stands before this, such as U+2028", "write the line anew")
    # A tab in the indentation is reported in many ways, and unseen on the screen.
    if text[index : index + 1] == "\t":
        return found("E105", place, *_TAB)
    if in_bracket:
        return found("E105", place, *_OPEN_BRACKET)
    for said, message, mend in _PLAINLY:
        if said in problem:
            return found("E105", place, message, mend)
    return found("E105", place, f"this is not YAML: {problem or 'unreadable'}", "compare it with the sample site")


def _wrong_quotes(text: str, index: int) -> tuple[int, int] | None:
    """Return the text in quotes right before the index, if it seems to end at a quote that was to open another."""
    latest = _latest_quotes(text, index)
    if latest is None or text[latest[1] : index].strip(" "):
        return None
    start, end = latest
    line_end = LINE_END.search(text, end)
    rest = text[end : line_end.start() if line_end else len(text)]
    swallowed_lines = LINE_END.search(text, start, end) is not None
    return latest if swallowed_lines or text[start] in rest else None


def _latest_quotes(text: str, index: int) -> tuple[int, int] | None:
    """Return where the latest text in quotes before the index begins and ends."""
    latest: tuple[int, int] | None = None
    try:
        for token in yaml.scan(text, Loader=yaml.CSafeLoader):
            if token.start_mark.index >= index:
                break
            if isinstance(token, ScalarToken) and token.style in ("'", '"') and token.end_mark.index <= index:
                latest = token.start_mark.index, token.end_mark.index
    except YAMLError:
        pass  # this is how the text ends, as is known already
    return latest
