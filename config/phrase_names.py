"""The names of what Switchroom says by itself, which a site may say otherwise.

Knows the names only; the words, and who speaks them when, are in the floors above.
"""

from __future__ import annotations

#: So many places in line have a phrase of their own; who stands further back hears `position_many`.
MOST_POSITIONS = 10

_POSITIONS = [f"position_{place}" for place in range(1, MOST_POSITIONS + 1)]
_OTHERS = """
    unknown_number nobody_here no_answer unknown_extension leave_message thank_you
    review_message message_too_short cannot_record nobody_spoke start_fax no_fax_machine
    all_busy position_many wait_1 wait_3 wait_5 wait_10 wait_long
    logged_in logged_out paused unpaused not_possible unknown_code
    inbox_pin inbox_pin_wrong inbox_locked inbox_closed inbox_none inbox_old inbox_many inbox_message inbox_keys
    inbox_deleted inbox_handled inbox_end inbox_no_call
    closed_emergency closing_line closing_is_closed closing_is_open closing_keys closing_what
    closing_hour closing_until_end closing_until_next closing_opened
    closing_when closing_bad_time closing_today closing_tomorrow closing_day closing_month closing_at
    closing_confirm closing_done closing_not_done closing_message_keys closing_message_kept
    recording_which recording_unknown recording_speak recording_keys recording_kept recording_bad
    recording_meanwhile
    digit_0 digit_1 digit_2 digit_3 digit_4 digit_5 digit_6 digit_7 digit_8 digit_9
    """.split()  # noqa: SIM905 - a list of quoted names is harder to read

#: How many new messages there are is said up to this number; then `inbox_many`.
MOST_COUNTED = 10
_COUNTS = [f"inbox_{count}" for count in range(1, MOST_COUNTED + 1)]

PHRASE_NAMES = frozenset([*_OTHERS, *_POSITIONS, *_COUNTS])
#: All of them, for people to read.
IN_WORDS = f"{', '.join(_OTHERS)}, {_POSITIONS[0]} to {_POSITIONS[-1]}, {_COUNTS[0]} to {_COUNTS[-1]}"
