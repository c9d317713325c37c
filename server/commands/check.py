"""`check`: every mistake of a site at once, a line each."""

from __future__ import annotations

from pathlib import Path

from config.load import load_site
from server.terminal import environment, put, put_json


def run(site: Path, *, json: bool) -> int:
    """Print the findings; return 0 without any, 1 with some, 2 if the site cannot be used."""
    loaded = load_site(site, environment())
    if json:
        put_json(
            {
                "usable": loaded.site is not None,
                "version": loaded.site.version if loaded.site else None,
                "findings": [
                    {
                        "file": str(f.position.file),
                        "line": f.position.line,
                        "column": f.position.column,
                        "rule": f.rule,
                        "severity": str(f.severity),
                        "message": f.message,
                        "mend": f.mend,
                    }
                    for f in loaded.findings
                ],
            }
        )
    else:
        for finding in loaded.findings:
            put(str(finding))
        if not loaded.findings and loaded.site is not None:
            put(f"{site}: no findings, version {loaded.site.version}")
    if loaded.site is None:
        return 2
    return 1 if loaded.findings else 0
