"""A picture as SVG inside a page: no style and no script, colours of light and dark, a link on what has calls behind.

Owns the text of it; what is drawn comes from `drawings`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from reportlab.graphics.shapes import Circle, Line, Path, PolyLine, Rect, String
from reportlab.lib.colors import Color

from ledger.paper.letters import cleaned
from ledger.paper.numbered import FAINT, INK, LINE
from reports.forms.links import door
from reports.forms.picture import KINDS, Picture, Spot

#: Letters of the description; who wants all of it reads the table.
_MOST_WORDS: Final = 2_000
_MOST_SPOT: Final = 300


def svg_of(picture: Picture, base: str = "") -> str:
    """Return the picture as an `<svg>` element."""
    return "".join(_parts(picture, base))


def _parts(picture: Picture, base: str) -> Iterator[str]:
    width, height = _n(picture.width), _n(picture.height)
    # What is inside an image cannot be reached by who does not see it; with links inside, it is a group.
    role = "group" if any(spot.behind for spot in picture.spots) else "img"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="{role}" viewBox="0 0 {width} {height}" '
        'width="100%">'
    )
    yield f"<title>{_words(picture.title, _MOST_SPOT)}</title><desc>{_words(picture.words, _MOST_WORDS)}</desc>"
    yield '<g aria-hidden="true">'
    for shape in picture.drawing.contents:
        yield _DRAWN[type(shape)](shape, picture.height)
    yield "</g>"
    for spot in picture.spots:
        yield _spot(spot, picture.height, base)
    yield "</svg>"


def _spot(spot: Spot, height: float, base: str) -> str:
    words = _words(spot.words, _MOST_SPOT)
    place = (
        f'x="{_n(spot.x)}" y="{_n(height - spot.y - spot.height)}" width="{_n(spot.width)}" height="{_n(spot.height)}"'
    )
    area = f'<rect class="spot" {place} fill-opacity="0"><title>{words}</title></rect>'
    if spot.behind is None:
        return area
    label = quoteattr(cleaned(spot.words[:_MOST_SPOT]))
    return f"<a href={quoteattr(door(spot.behind, base))} aria-label={label}>{area}</a>"


def _rect(shape: Any, height: float) -> str:  # Any: reportlab has no types
    y = height - shape.y - shape.height
    return f'<rect x="{_n(shape.x)}" y="{_n(y)}" width="{_n(shape.width)}" height="{_n(shape.height)}"{_fill(shape)}/>'


def _line(shape: Any, height: float) -> str:  # Any: as above
    ends = f'x1="{_n(shape.x1)}" y1="{_n(height - shape.y1)}" x2="{_n(shape.x2)}" y2="{_n(height - shape.y2)}"'
    return f"<line {ends}{_stroke(shape)}/>"


def _circle(shape: Any, height: float) -> str:  # Any: as above
    return f'<circle cx="{_n(shape.cx)}" cy="{_n(height - shape.cy)}" r="{_n(shape.r)}"{_fill(shape)}/>'


def _polyline(shape: Any, height: float) -> str:  # Any: as above
    pairs = zip(shape.points[::2], shape.points[1::2], strict=True)
    points = " ".join(f"{_n(x)},{_n(height - y)}" for x, y in pairs)
    return f'<polyline points="{points}" fill="none"{_stroke(shape)}/>'


def _path(shape: Any, height: float) -> str:  # Any: as above
    points, at, said = shape.points, 0, []
    for operator in shape.operators:
        letter, count = _OPERATORS[operator]
        taken = points[at : at + count]
        at += count
        pairs = zip(taken[::2], taken[1::2], strict=True)
        said.append(letter + " ".join(f"{_n(x)},{_n(height - y)}" for x, y in pairs))
    return f'<path d="{"".join(said)}"{_fill(shape)}/>'


def _text(shape: Any, height: float) -> str:  # Any: as above
    anchor = f' text-anchor="{shape.textAnchor}"' if shape.textAnchor != "start" else ""
    place = f'x="{_n(shape.x)}" y="{_n(height - shape.y)}" font-size="{_n(shape.fontSize)}"'
    return f"<text {place}{anchor}{_fill(shape)}>{escape(cleaned(shape.text))}</text>"


_DRAWN: Final[dict[type, Callable[[Any, float], str]]] = {  # Any: as above
    Rect: _rect,
    Line: _line,
    Circle: _circle,
    PolyLine: _polyline,
    Path: _path,
    String: _text,
}
#: reportlab's numbers of what a path does: the letter of SVG, and how many numbers belong to it.
_OPERATORS: Final = {0: ("M", 2), 1: ("L", 2), 2: ("C", 6), 3: ("Z", 0)}
#: What is ink on paper takes the colour of the page's letters, whatever that is.
_INKS: Final = {INK.rgb(): 1.0, FAINT.rgb(): 0.66, LINE.rgb(): 0.18}
_KINDS: Final = {colour.rgb(): number for number, colour in enumerate(KINDS, 1)}


def _fill(shape: Any) -> str:  # Any: as above
    return _colour("fill", shape.fillColor, getattr(shape, "fillOpacity", None))


def _stroke(shape: Any) -> str:  # Any: as above
    return f'{_colour("stroke", shape.strokeColor, None)} stroke-width="{_n(shape.strokeWidth)}"'


def _colour(what: str, colour: Color, opacity: float | None) -> str:
    """Return the attributes of a colour; a class beside it lets the page's sheet have its own."""
    known = colour.rgb()
    strength = (1.0 if opacity is None else opacity) * _INKS.get(known, 1.0)
    thin = f' {what}-opacity="{_n(strength)}"' if strength < 1 else ""
    if known in _INKS:
        return f' {what}="currentColor"{thin}'
    number = _KINDS.get(known)
    name = f' class="kind-{number}"' if number else ""
    return f'{name} {what}="#{colour.hexval()[2:]}"{thin}'


def _words(words: str, most: int) -> str:
    return escape(cleaned(words[:most]))


def _n(number: float) -> str:
    """Return a number as short as it can be.

    >>> _n(12.0), _n(0.12345), _n(-0.001)
    ('12', '0.123', '-0.001')
    """
    return f"{number:.3f}".rstrip("0").rstrip(".") or "0"
