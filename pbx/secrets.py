"""Owns the secrets between Switchroom, Asterisk and the phones: made once, kept in one closed file."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from pbx.errors import BadSecrets
from pbx.render import write_whole

FILE = "pbx-secrets.json"
_SHORTEST = 8


def _new() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Secrets:
    """What only this installation knows; its `repr` shows none of it."""

    agi_token: str = field(default_factory=_new, repr=False)
    ami: str = field(default_factory=_new, repr=False)
    ami_originate: str = field(default_factory=_new, repr=False)
    phones: dict[str, str] = field(default_factory=dict, repr=False)
    """Name of a phone to its secret."""


def load_or_create(folder: Path, phones: Iterable[str] = ()) -> Secrets:
    """Return the secrets kept in `folder`, making those that are missing; blocks.

    A phone that is no longer named keeps its secret, it may come back. Raises BadSecrets when the file is
    damaged or open to others: new secrets would silently lock out every phone.
    """
    file = folder / FILE
    kept = _load(file)
    found = kept or Secrets()
    missing = {name: _new() for name in phones if name not in found.phones}
    if missing or kept is None:
        found = Secrets(found.agi_token, found.ami, found.ami_originate, {**found.phones, **missing})
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(file, json.dumps(asdict(found), indent=1))
    return found


def _load(file: Path) -> Secrets | None:
    try:
        mode = file.stat().st_mode
        text = file.read_text()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as cannot:
        raise BadSecrets(str(cannot)) from cannot
    if mode & 0o077:
        raise BadSecrets(f"others may read {file}: chmod 600 it, and change the secrets if others did")
    try:
        found = json.loads(text)
    except ValueError:
        raise BadSecrets(f"{file} is damaged") from None  # the cause would quote the secrets
    if not isinstance(found, dict) or set(found) != {part.name for part in fields(Secrets)}:
        raise BadSecrets(f"{file} does not have the parts it should have")
    phones = found["phones"] if isinstance(found["phones"], dict) else {"": None}
    for secret in (found["agi_token"], found["ami"], found["ami_originate"], *phones.values()):
        if not isinstance(secret, str) or len(secret) < _SHORTEST:
            raise BadSecrets(f"{file} is damaged")
    return Secrets(**found)
