"""`schema`: the JSON Schema of a site, for editors that complete and check YAML by one."""

from __future__ import annotations

import json as json_module
from pathlib import Path

from config.json_schema import json_schema
from server.terminal import Foreseen, put, put_json


def run(file: Path | None, *, json: bool) -> int:
    """Print the schema, or write it into a file; return 0. Raises Foreseen when the file cannot be written."""
    if file is None:
        if json:
            put_json(json_schema())
        else:
            put(json_module.dumps(json_schema(), ensure_ascii=False, indent=2))
        return 0
    try:
        file.write_text(json_module.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise Foreseen(f"{file} cannot be written ({error.strerror}): name a file in a folder that is there") from error
    if json:
        put_json({"file": str(file)})
    else:
        put(f"{file} is written: begin a YAML file beside it with # yaml-language-server: $schema={file.name}")
    return 0
