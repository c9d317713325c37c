"""`agents` and `agent`: what everybody does now, and logging in or out, pausing, resuming."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from server.local_server import ask
from server.terminal import Foreseen, put, put_json

DEEDS = ("login", "logout", "pause", "resume")


def show(data: Path, json: bool) -> int:
    """Print every agent of the running server. Raises Foreseen when none runs."""
    agents = ask(data, "GET", "/api/v1/agents")["agents"]
    if json:
        put_json(agents)
        return 0
    if not agents:
        put("The site has no people.")
    now = datetime.now(UTC)
    for agent in agents:
        put(line(agent, now))
    return 0


def do(data: Path, name: str, deed: str, reason: str) -> int:
    """Let an agent do something. Raises Foreseen when the deed or the state does not allow it."""
    if deed not in DEEDS:
        raise Foreseen(f"an agent cannot {deed}; the deeds are {', '.join(DEEDS)}")
    agent = ask(data, "POST", f"/api/v1/agents/{quote(name, safe='')}/{deed}", {"reason": reason})
    put(line(agent, datetime.now(UTC)))
    return 0


def line(agent: dict[str, Any], now: datetime) -> str:
    """Write one agent as a line: name, phone, state with its reason, since when, what is in the way."""
    state = f"{agent['state']} ({agent['reason']})" if agent["reason"] else agent["state"]
    minutes = int((now - datetime.fromisoformat(agent["since"])).total_seconds()) // 60
    since = f"for {minutes} min" if minutes < 120 else f"for {minutes // 60} h"
    later = f", then: {agent['then']}" if agent["then"] else ""
    trouble = f"  [{agent['trouble']}]" if agent["trouble"] else ""
    return f"{agent['name']:<16} {agent['phone']:<6} {state:<24} {since}{later}{trouble}".rstrip()
