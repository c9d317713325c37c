"""A part of a report as a picture. Owns which drawing is made of what; knows neither paper nor page."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from reports.document import Chart, Flow, Heat
from reports.forms.drawing_chart import chart_picture
from reports.forms.drawing_flow import flow_picture
from reports.forms.drawing_heat import heat_picture
from reports.forms.picture import Picture

#: About as wide as a page of paper: a web page shows it larger, and its letters with it.
WIDTH: Final = 560.0


def picture_of(part: Chart | Heat | Flow, zone: tzinfo, width: float = WIDTH) -> Picture:
    """Draw a part of a report as wide as this, in points."""
    match part:
        case Chart():
            return chart_picture(part, zone, width)
        case Heat():
            return heat_picture(part, zone, width)
        case Flow():
            return flow_picture(part, width)
