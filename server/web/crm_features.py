"""The features of the CRM bridge, in the order of their doors in the navigation."""

from __future__ import annotations

from collections.abc import Callable

from server.web.connector_feature import connector_feature
from server.web.customer_api_feature import customer_api_feature
from server.web.customer_feature import customer_feature
from server.web.desk_feature import desk_feature
from server.web.import_feature import import_feature
from server.web.parts import Parts
from server.web.place_calls_feature import place_calls_feature
from server.web.privacy_feature import privacy_feature
from server.web.route import Feature

#: Makes a feature of the server's parts and of where the live news is now; None for a server that has not got it.
Make = Callable[[Parts, Callable[[], str]], Feature | None]

CRM: tuple[Make, ...] = (
    desk_feature,
    customer_feature,
    customer_api_feature,
    place_calls_feature,
    connector_feature,
    privacy_feature,
    import_feature,
)
