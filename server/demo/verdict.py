"""The verdict: does the journal say what the phones saw, and did each call end where it should?

Owns the comparison. Pure but for reading the phones' recordings.
"""

from __future__ import annotations

from typing import Any

from callrouter.calls import Call
from pbx.tones import hears
from server.demo.scenes import OPERATORS, TONES, Scene
from server.demo.stage import Witness

#: So long the other's tone must be heard for a conversation to count as one, seconds.
LEAST_HEARD = 0.8


def faults(scene: Scene, call: Call | None, witness: Witness | None) -> list[str]:
    """List everything that is not as it should be; empty if all is well. Reads recordings: blocks."""
    if call is None:
        return ["the journal does not know this call"]
    if witness is None:
        return ["no phone played this scene"]
    found = [witness.trouble] if witness.trouble else []
    expected = scene.expected
    wanted = {
        "outcome": (expected.outcome, call.outcome and call.outcome.value),
        "path": (expected.path, call.path),
        "facts": (expected.facts, call.facts),
        "abandoned in": (expected.abandoned_in, call.abandoned_in),
    }
    if expected.destination:
        wanted["destination"] = (expected.destination, call.destination)
    found += [f"{what}: {is_!r} instead of {should!r}" for what, (should, is_) in wanted.items() if should != is_]
    if call.answered_by not in (expected.answered_by or ("",)):
        found.append(f"answered by {call.answered_by or 'nobody'}")
    return found + _disagreements(call, witness)


def _disagreements(call: Call, witness: Witness) -> list[str]:
    """Compare the journal with the phones: who rang, who answered, and whether both were heard."""
    found = []
    if set(call.rung) != set(witness.rang):
        found.append(f"the journal says {sorted(call.rung)} rang, the phones {sorted(set(witness.rang))}")
    if [talk.agent for talk in call.talks] != witness.answered:
        told = [talk.agent for talk in call.talks]
        found.append(f"the journal says {told} answered, the phones {witness.answered}")
    if not witness.answered:
        return found
    operator = OPERATORS[witness.answered[-1]]
    if witness.at_caller is None or not hears(witness.at_caller, operator, LEAST_HEARD):
        found.append("the caller did not hear the operator")
    if witness.at_operator is None or not hears(witness.at_operator, TONES[witness.scene.caller], LEAST_HEARD):
        found.append("the operator did not hear the caller")
    return found


def as_json(call: Call) -> dict[str, Any]:
    """Return the call as `demo --json` prints it."""
    return {
        "id": call.id,
        "from": call.ani,
        "to": call.did,
        "keys": " ".join(call.keys),
        "path": list(call.path),
        "facts": call.facts,
        "destination": call.destination,
        "answered_by": call.answered_by,
        "outcome": call.outcome.value if call.outcome else None,
        "abandoned_in": call.abandoned_in or None,
        "wait_s": round(call.waited, 3),
        "talk_s": round(call.talked, 3),
    }
