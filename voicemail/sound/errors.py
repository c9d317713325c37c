"""Owns what can go wrong with the sound of a message. The text of each error is meant for an operator.

SoundError
├── NoSound     the file holds no sound that we could read
└── SoundLost   the process that looked at it hung or died
"""


class SoundError(Exception):
    """The sound of a message cannot be looked at."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class NoSound(SoundError):
    """The file holds no sound that we could read."""


class SoundLost(SoundError):
    """The process that looked at the sound hung or died; the file may hold a message all the same."""
