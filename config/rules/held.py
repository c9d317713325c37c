"""The rule about a line that is held: how long a caller who presses nothing is listened to.

Knows of the engine only after how many rounds it ends a call; loops over several menus are in `config.rules.ways`.
"""

from __future__ import annotations

from collections.abc import Iterator

from config.findings import Finding
from config.rules.scope import Scope
from config.rules.spoken import LONGEST_PROMPT, LONGEST_TEXT
from config.schema import Menu
from config.values import Prompt

#: So often a dialogue is led on before the engine ends it; `ivr` owns the figure, and a test compares them.
MOST_ROUNDS = 100
#: A phone that lies beside its cradle may hold a line for so long, seconds, and nothing is said.
_LONGEST_HOLD = 3600
_LETTERS_A_SECOND = LONGEST_TEXT // LONGEST_PROMPT


def held_lines(scope: Scope) -> Iterator[Finding]:
    """W457: a menu that repeats itself for who presses nothing does not go on for hours."""
    for name, menu in scope.site.menus.items():
        if menu.go is not None or menu.silence.go.kind != "repeat":
            continue
        round_ = _seconds_of_silence(scope, menu)
        if round_ * MOST_ROUNDS > _LONGEST_HOLD:
            message = (
                f"who presses nothing holds the line for about {round_ * MOST_ROUNDS / 60:.0f} min:"
                f" {MOST_ROUNDS} rounds of {round_:.0f} s"
            )
            mend = "lead silence to somebody, to a mailbox or to `hangup`"
            yield from scope.finding("W457", ("menus", name, "silence", "go"), message, mend)


def _seconds_of_silence(scope: Scope, menu: Menu) -> float:
    """Return how long a silent caller is kept until the menu is entered again: what is said, and every wait."""
    once = _recorded(scope, menu.play) + _spoken(menu.say) + menu.wait.first_key + _spoken(menu.silence.say)
    return menu.silence.tries * once


def _spoken(prompt: Prompt | None) -> float:
    return max(map(len, prompt.texts.values()), default=0) / _LETTERS_A_SECOND if prompt is not None else 0.0


def _recorded(scope: Scope, name: str | None) -> float:
    if name is None or scope.recordings is None:
        return 0.0
    heard = [scope.recordings.heard(language, name) for language in scope.site.company.languages]
    return max((one.seconds for one in heard if one.fault is None), default=0.0)
