"""A heat map as a picture: the more there is, the more colour, and the number where it has room."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, Final

from ledger.paper.numbered import FAINT, INK
from reports.document import Cell, Heat, Unit
from reports.forms.picture import HEAT, SMALL, Picture, Spot, block, fitted, measure, nothing, sheet, text, tick_said
from reports.forms.words import UNKNOWN, UNSURE, UNSURE_SAID, said
from reports.text import NOTHING

_ROW: Final = 19.0
_HEAD: Final = 15.0
_SCALE: Final = 20.0
_GAP: Final = 1.0
#: The faintest and the strongest colour: letters can be read on both, on white and on black paper.
_FAINTEST, _STRONGEST = 0.06, 0.62
_STEPS: Final = 6


def heat_picture(heat: Heat, zone: tzinfo, width: float) -> Picture:
    """Draw a heat map as wide as this."""
    numbers = [n for row in heat.cells for cell in row if (n := _number(cell)) is not None]
    if not numbers:
        return nothing(heat.name, heat.title, width)
    most = max(numbers)
    height = _HEAD + _ROW * len(heat.rows) + _SCALE
    drawing = sheet(width, height)
    left = min(width * 0.25, max(measure(name[:60]) for name in heat.rows) + 8)
    slot = (width - left) / len(heat.columns)
    _heads(drawing, heat, left, slot, height)
    spots = []
    for at, (name, cells) in enumerate(zip(heat.rows, heat.cells, strict=True)):
        y = height - _HEAD - (at + 1) * _ROW
        drawing.add(text(left - 6, y + _ROW / 2 - 2.5, fitted(name, left - 6), colour=INK, anchor="end"))
        for place, cell in enumerate(cells):
            x = left + place * slot
            _cell(drawing, cell, heat, most, (x, y, slot - _GAP, _ROW - _GAP))
            words = f"{name}, {heat.columns[place]}: {said(cell, heat.unit, zone)}"
            if cell.unsure:
                words += f"; {UNSURE_SAID}"
            spots.append(Spot(x, y, slot - _GAP, _ROW - _GAP, words, cell.behind))
    _scale(drawing, heat, most, left)
    words = "; ".join(spot.words for spot in spots if not spot.words.endswith(": 0"))
    return Picture(heat.name, heat.title, words, drawing, tuple(spots))


def _heads(drawing: Any, heat: Heat, left: float, slot: float, height: float) -> None:  # Any: a Drawing
    widest = max(measure(fitted(name, 60)) for name in heat.columns) + 3
    every = max(1, -int(-widest // slot))
    for place in range(0, len(heat.columns), every):
        middle = left + (place + 0.5) * slot
        words = fitted(heat.columns[place], max(slot * every - 2, 10.0))
        drawing.add(text(middle, height - _HEAD + 5, words, anchor="middle"))


def _cell(drawing: Any, cell: Cell, heat: Heat, most: float, place: tuple[float, float, float, float]) -> None:
    x, y, width, height = place
    number = _number(cell)
    if number is None:
        # Nothing known is not nothing: no colour at all, and a word or sign for it.
        sign = ("?" if cell.unknown else "–") + (UNSURE if cell.unsure else "")
        drawing.add(text(x + width / 2, y + height / 2 - 2.5, sign, anchor="middle"))
        return
    drawing.add(block(x, y, width, height, HEAT, _opacity(number, most)))
    words = tick_said(number, heat.unit) + (UNSURE if cell.unsure else "")
    if not number and not cell.unsure and heat.unit is Unit.COUNT:
        return  # many a night has no call; a service level of 0 is another matter
    size = SMALL if measure(words) <= width - 2 else SMALL - 1.5
    if measure(words, size) <= width - 1:
        drawing.add(text(x + width / 2, y + height / 2 - 2.5, words, size=size, colour=INK, anchor="middle"))


def _opacity(number: float, most: float) -> float:
    if number <= 0 or most <= 0:
        return _FAINTEST
    return round(_FAINTEST + 0.06 + (_STRONGEST - _FAINTEST - 0.06) * number / most, 3)


def _scale(drawing: Any, heat: Heat, most: float, left: float) -> None:  # Any: a Drawing
    """Draw what the colours mean, below."""
    drawing.add(text(left, 4, "0", colour=FAINT))
    x = left + 10
    for step in range(_STEPS):
        drawing.add(block(x + step * 18, 2, 17, 9, HEAT, _opacity(most * step / (_STEPS - 1), most)))
    x += _STEPS * 18 + 4
    words = tick_said(most, heat.unit)
    drawing.add(text(x, 4, words, colour=FAINT))
    x += measure(words) + 16
    if meant := _signs(heat):
        drawing.add(text(x, 4, fitted(meant, drawing.width - x), colour=FAINT))


def _signs(heat: Heat) -> str:
    """Return what the signs on the map mean, of those that are on it."""
    every = [cell for row in heat.cells for cell in row]
    signs = (
        (UNSURE_SAID, UNSURE, any(cell.unsure for cell in every)),
        (UNKNOWN, "?", any(cell.unknown for cell in every)),
        (NOTHING, "–", any(cell.value is None and not cell.unknown for cell in every)),
    )
    return " · ".join(f"{sign} {words}" for words, sign, there in signs if there)


def _number(cell: Cell) -> float | None:
    return cell.value if isinstance(cell.value, int | float) and not cell.unknown else None
