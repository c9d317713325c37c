"""Who listens to a PBX: an ordered list of listeners, of which a broken one disturbs nobody else."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from callrouter.ami.port import Listener, Notice

log = structlog.get_logger(__name__)


class Listeners:
    """Tell everybody who subscribed, in the order of subscription."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self.faults = 0

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; call what is returned to remove it again (twice does no harm)."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def tell(self, notice: Notice) -> None:
        """Call every listener; one that raises is logged and counted."""
        for listener in tuple(self._listeners):
            try:
                listener(notice)
            except Exception:
                self.faults += 1
                log.exception("a listener of the PBX failed", notice=type(notice).__name__)
