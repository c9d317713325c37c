"""`bench`: the measurements of `bench/`, each a ratio against a limit taken in the same run."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from server.terminal import Foreseen, put, put_json

ROOT = Path(__file__).resolve().parents[2]


def run(name: str | None, *, json: bool) -> int:
    """Run one benchmark, or list them. Returns 0 if its goals were met, 1 if not."""
    names = sorted(path.stem for path in (ROOT / "bench").glob("[a-z]*.py"))
    if name is None:
        for known in names:
            sys.path.insert(0, str(ROOT))
            module = importlib.import_module(f"bench.{known}")
            put(f"{known:<10} {(module.__doc__ or '').strip().splitlines()[0]}")
        return 0
    if name not in names:
        raise Foreseen(f"there is no benchmark {name}; there are {', '.join(names)}")
    sys.path.insert(0, str(ROOT))
    figures: dict[str, float] = importlib.import_module(f"bench.{name}").run()
    if json:
        put_json({"name": name, **figures})
    else:
        for what, value in figures.items():
            put(f"{what:<28} {value:,.4g}")
    return 0 if figures.get("ok", 1.0) else 1
