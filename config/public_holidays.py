"""Public holidays of a country or region, by year, in the country's own language.

The only file that knows the holidays library.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import holidays

from config.errors import HoursUnreadable


@lru_cache(maxsize=256)
def holidays_of(place: str, year: int) -> Mapping[date, str]:
    """Return the days off of a place such as ``LT`` or ``DE-BY`` in a year, with their names.

    Raises:
        HoursUnreadable: the place is not known.
    """
    country, _, region = place.partition("-")
    try:
        # Without a language the library would ask the environment for one.
        language = holidays.country_holidays(country, subdiv=region or None).default_language
        days = holidays.country_holidays(country, subdiv=region or None, years=year, language=language)
    except NotImplementedError:
        raise HoursUnreadable(
            f"the holidays of '{place}' are not known", "write a country such as LT, or a region such as DE-BY"
        ) from None
    return MappingProxyType({day: name for day, name in days.items() if day.year == year})
