"""The kinds of events that leave for other systems, so that a pattern which none of them has is found.

Knows the names only; what each means is in the floors above.
"""

from __future__ import annotations

EVENT_NAMES = frozenset(
    """
    call_offered menu_entered prompt_heard keys_pressed fact_named language_chosen branch_taken
    call_queued position_told agents_offered offer_ended call_answered call_held call_resumed call_transferred
    call_released call_left_queue message_begun message_taken call_failed call_ended attendant_served
    fax_begun fax_received fax_call_begun fax_call_ended outbound_begun outbound_ringing outbound_answered
    outbound_ended
    consultation_begun consultation_ended call_disposed disposition_missed
    agent_changed phone_changed customer_changed link_lost line_closed line_reopened site_published
    server_started server_stopped
    """.split()  # noqa: SIM905 - a list of quoted names is harder to read
)
