"""Which actions answer with a list, what its items are called and what ends it. A table, nothing else.

Guessing from the answer's text, as libraries do, hangs on the first message that is worded alike.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListShape:
    """Describe one list: its item event, the event that ends it, the errors that mean "none".

    Where both are the same event there is one item, and nothing else ends it.
    """

    item: str
    complete: str
    empty: tuple[str, ...] = ()


LISTS: dict[str, ListShape] = {
    "CoreShowChannels": ListShape("CoreShowChannel", "CoreShowChannelsComplete"),
    "DeviceStateList": ListShape("DeviceStateChange", "DeviceStateListComplete"),
    "ExtensionStateList": ListShape("ExtensionStatus", "ExtensionStateListComplete"),
    "PJSIPShowEndpoints": ListShape("EndpointList", "EndpointListComplete", ("No endpoints found",)),
    "PJSIPShowContacts": ListShape("ContactList", "ContactListComplete", ("No Contacts found",)),
    "BridgeList": ListShape("BridgeListItem", "BridgeListComplete"),
    "ConfbridgeListRooms": ListShape("ConfbridgeListRooms", "ConfbridgeListRoomsComplete", ("No active conferences.",)),
    "ParkedCalls": ListShape("ParkedCall", "ParkedCallsComplete"),
    "Status": ListShape("Status", "StatusComplete"),
    "DBGet": ListShape("DBGetResponse", "DBGetComplete", ("Database entry not found",)),
    "FAXSessions": ListShape("FAXSessionsEntry", "FAXSessionsComplete"),
    "FAXSession": ListShape("FAXSession", "FAXSession", ("Session not found",)),
}
