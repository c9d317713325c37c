"""Owns saying things to the log without depending on it: the disk that is full is often the log's disk as well.

A log that writes to a file raises OSError then, and would end the very tasks that keep entries and jobs safe.
"""

import structlog


class Log:
    """A logger of structlog whose own failure reaches nobody; `lost` counts what it could not say."""

    lost = 0

    def __init__(self, name: str) -> None:
        self._logger = structlog.get_logger(name)

    def info(self, event: str, **fields: object) -> None:
        """Say what went well."""
        self._say("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Say what went wrong and is tried again."""
        self._say("warning", event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Say what a human should look at."""
        self._say("error", event, fields)

    def _say(self, level: str, event: str, fields: dict[str, object]) -> None:
        try:
            getattr(self._logger, level)(event, **fields)
        except (OSError, ValueError):  # ValueError: the file was closed
            Log.lost += 1
