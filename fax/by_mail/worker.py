"""Owns the process that opens one mail: one JSON line in, one out, the document beside the mail.

Run as `python -m fax.by_mail.worker`; opener.py is the other end. Anything unforeseen ends the process, and the other
end says so.
"""

import json
import os
import resource
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from fax.by_mail.errors import Unfit
from fax.by_mail.letter import document_of

LONGEST_LINE = 100_000
_POLITENESS = 10  # calls on the same machine go first
_MOST_MEMORY = 1 << 30
_MOST_FILE = 64 << 20
_PROCESSOR_SECONDS = 30

Line = dict[str, Any]  # Any: one line of JSON


def main() -> None:
    """Answer the line of standard input on standard output."""
    os.nice(_POLITENESS)
    job: Line = json.loads(sys.stdin.buffer.readline(LONGEST_LINE))
    for what, most in (
        (resource.RLIMIT_AS, _MOST_MEMORY),
        (resource.RLIMIT_CPU, _PROCESSOR_SECONDS),
        (resource.RLIMIT_FSIZE, _MOST_FILE),
        (resource.RLIMIT_CORE, 0),  # people's letters do not belong into a dump
    ):
        resource.setrlimit(what, (most, most))
    sys.stdout.buffer.write(json.dumps(answer(Path(job["mail"]), Path(job["into"]))).encode() + b"\n")


def answer(mail: Path, into: Path) -> Line:
    """Write the document of a mail to a new file; say its SHA-256, or why there is none."""
    try:
        document = document_of(mail.read_bytes())
    except Unfit as error:
        return {"unfit": error.why}
    with into.open("xb") as file:
        file.write(document)
    return {"sha256": sha256(document).hexdigest()}


if __name__ == "__main__":
    main()
