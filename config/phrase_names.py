"""The names of what Switchroom says by itself, which a site may say otherwise.

Knows the names only; the words, and who speaks them when, are in the floors above.
"""

from __future__ import annotations

#: So many places in line have a phrase of their own; who stands further back hears `position_many`.
MOST_POSITIONS = 10

_POSITIONS = [f"position_{place}" for place in range(1, MOST_POSITIONS + 1)]
_OTHERS = """
    unknown_number nobody_here no_answer unknown_extension leave_message thank_you
    all_busy position_many wait_1 wait_3 wait_5 wait_10 wait_long
    logged_in logged_out paused unpaused not_possible unknown_code
    """.split()  # noqa: SIM905 - a list of quoted names is harder to read

PHRASE_NAMES = frozenset([*_OTHERS, *_POSITIONS])
#: All of them, for people to read.
IN_WORDS = f"{', '.join(_OTHERS)}, {_POSITIONS[0]} to {_POSITIONS[-1]}"
