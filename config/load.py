"""Loads a site: reads its files, holds them against the schema, checks the whole.

Owns the order of these steps and the site's version; every mistake comes back as a finding, never as a crash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from config.check import check
from config.errors import SiteUnusable
from config.few_alike import FewAlike
from config.findings import Finding
from config.reading.source import Source, read_source
from config.reading.tree import Mapping, plain, written
from config.reading.uncollected import uncollected
from config.rules.book import found
from config.rules.scope import Known
from config.schema import Site
from config.schema_errors import explain, explain_nothing, once

_NO_ENV: MappingType[str, str] = MappingProxyType({})

#: Sections whose entries stand for themselves: one bad entry need not hide the mistakes in the others.
_ENTRY_SECTIONS = (
    "numbers",
    "menus",
    "departments",
    "people",
    "hours",
    "mailboxes",
    "faxboxes",
    "connectors",
    "phrases",
    "voices",
)
#: Shorter secrets are not looked for in messages: they would be found everywhere.
_SHORTEST_SECRET = 4


@dataclass(frozen=True, slots=True)
class Loaded:
    """A site, if it can be used, and all that was found; sorted by place."""

    site: Site | None
    findings: tuple[Finding, ...]
    #: What the files held that it was loaded from, as SHA-256 by their names.
    digests: MappingType[str, str] = field(default_factory=dict, repr=False)


def load_site(path: Path, env: MappingType[str, str] = _NO_ENV) -> Loaded:
    """Load the site in a folder (or a single file); `site` is None if a finding is an error.

    `env` holds the variables that ``${ENV:NAME}`` may name.
    """
    with uncollected():
        return _load(path, env)


def _load(path: Path, env: MappingType[str, str]) -> Loaded:
    source = read_source(path, env)
    content = plain(source.root)
    findings = [*source.findings, *_refuse_version(source, content), *explain_nothing(source.root)]
    site: Site | None = None
    try:
        site = Site.model_validate(content | {"version": version_of(source.root)})
        # What a file that could not be read says of names and entries is anybody's guess.
        known = Known.ALL if source.complete else Known.COMPANY
        findings += check(site, source.root, known, source.folder, source.texts)
    except ValidationError as error:
        findings += explain(error, source.root, complete=source.complete)
        partial, known = _without(content, error)
        if partial is not None:
            known = known if source.complete else known & ~Known.NAMES
            findings += check(partial, source.root, known, source.folder, source.texts)
    few = FewAlike()
    few.add_all(sorted({_without_secrets(finding, source.secrets) for finding in once(findings)}))
    findings = [*few.told(source.untold)]
    if any(finding.severity == "error" for finding in findings):
        site = None
    return Loaded(site, tuple(findings), source.digests)


def require_site(path: Path, env: MappingType[str, str] = _NO_ENV) -> Site:
    """Return the site in a folder.

    Raises:
        SiteUnusable: a finding is an error; it carries all findings.
    """
    loaded = load_site(path, env)
    if loaded.site is None:
        raise SiteUnusable(loaded.findings)
    return loaded.site


def version_of(root: Mapping) -> str:
    """Return 12 hex digits that change when the content does.

    Comments, the order of keys and the way the content is spread over files make no difference; neither do
    the values of secrets, so that a version says nothing about them. People are rung in their order, so it counts.
    """
    content = written(root)
    if isinstance(content, dict) and isinstance(people := content.get("people"), dict):
        content = content | {"people": list(people.items())}
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _refuse_version(source: Source, content: dict[str, Any]) -> list[Finding]:
    """Refuse `version:`; the schema has it, but it is ours to set."""
    if content.pop("version", None) is None and "version" not in source.root.entries:
        return []
    return [found("E201", source.root.entries["version"].position, "unknown key 'version'", "delete it")]


def _without(content: dict[str, Any], error: ValidationError) -> tuple[Site | None, Known]:
    """Return the site without its bad entries, so that the good ones can be checked, and what is still known."""
    kept = {key: dict(part) if isinstance(part, dict) else part for key, part in content.items()}
    known = Known.NAMES | Known.COMPANY
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        section, entry = (*detail["loc"], None, None)[:2]
        if section in _ENTRY_SECTIONS and entry is not None and isinstance(kept.get(str(section)), dict):
            kept[str(section)].pop(entry, None)
        else:
            kept.pop(str(section), None)
            if section == "company":
                known &= ~Known.COMPANY
    kept.setdefault("company", {"name": "unknown"})
    kept.setdefault("numbers", {})
    try:
        return Site.model_validate(kept), known
    except ValidationError:
        return None, known


def _without_secrets(finding: Finding, secrets: MappingType[str, str]) -> Finding:
    message, mend = finding.message, finding.mend
    for name, value in secrets.items():
        if len(value) >= _SHORTEST_SECRET:
            for shown in (value, repr(value)[1:-1]):
                message = message.replace(shown, f"${{ENV:{name}}}")
                mend = mend.replace(shown, f"${{ENV:{name}}}")
    if (message, mend) == (finding.message, finding.mend):
        return finding
    return replace(finding, message=message, mend=mend)
