"""Descriptions of REST systems that ship with us, one YAML file each, in the form of the site's own.

Written after the systems' public documentation, and tested against servers that follow it; not against the systems.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from config.connectors import Rest, RestDescription

_FOLDER = Path(__file__).parent


def description_of(settings: Rest) -> RestDescription:
    """Return how a system is asked and told: as the site says, or as we know it."""
    if settings.description is not None:
        return settings.description
    assert settings.system is not None
    return shipped(settings.system)


@cache
def shipped(system: str) -> RestDescription:
    """Read a description of ours; blocks for the moment that a small file takes, once."""
    return RestDescription.model_validate(YAML(typ="safe").load(_FOLDER / f"{system}.yaml"))
