"""How long the server's event loop takes to notice somebody: a stranger at the AGI port, who is turned away at once.

Runs as a process of its own until its stdin ends, then prints milliseconds as JSON: nothing of what the benchmark
itself does is in the figures.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from contextlib import suppress

#: Seconds between two knocks.
EVERY = 0.1
DEADLINE = 10.0
#: A whole header, with a token that is not the server's.
STRANGER = b"agi_network: yes\nagi_request: agi://127.0.0.1/lag\nagi_arg_1: nobody\n\n"


def knock(host: str, port: int) -> float:
    """Return how many milliseconds it took until the server had read us and closed the connection."""
    began = time.perf_counter()
    with socket.create_connection((host, port), DEADLINE) as door, suppress(ConnectionResetError):
        door.sendall(STRANGER)
        while door.recv(1024):
            pass
    return (time.perf_counter() - began) * 1000


def main(host: str, port: int) -> None:
    waits: list[float] = []
    while not select.select([sys.stdin], [], [], EVERY)[0]:
        waits.append(knock(host, port))
    print(json.dumps(waits))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
