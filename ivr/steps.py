"""What the interpreter tells of a dialogue as it happens: the menu part of a call's story.

Owns the kinds of steps. They are values; who listens (journal, terminal, test) is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class MenuEntered:
    """The caller came to this menu."""

    menu: str


@dataclass(frozen=True)
class PromptPlayed:
    """The caller was played this; `whole` is false when a key cut it short."""

    text: str
    language: str
    menu: str
    purpose: str
    whole: bool


@dataclass(frozen=True)
class KeysPressed:
    """The caller pressed these keys (masked where the site calls them secret), and they were an entry or not."""

    keys: str
    menu: str
    status: str


@dataclass(frozen=True)
class FactNamed:
    """Something became known of the caller's wish, by name and meaning."""

    name: str
    value: str


@dataclass(frozen=True)
class LanguageChosen:
    """All that follows is in this language."""

    language: str


@dataclass(frozen=True)
class BranchTaken:
    """From here to there, and why."""

    origin: str
    to: str
    why: str


Step = MenuEntered | PromptPlayed | KeysPressed | FactNamed | LanguageChosen | BranchTaken
Note = Callable[[Step], None]


def ignore(_: Step) -> None:
    """Listen to nothing."""
