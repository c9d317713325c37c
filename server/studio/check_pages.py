"""The pages of `check`: what was found in the draft, and what each rule means. Parse, ask, render."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web

from config.findings import Finding
from config.recordings import FOLDER as RECORDINGS
from config.rules.book import RULES
from config.rules.examples import EXAMPLES
from server.accounts import Role
from server.studio.room import StudioRoom
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Route
from server.web.visit import Visit

AT = "/site/check"
RULES_AT = "/site/rules"
#: More are not shown at once; who has so many mends the first ones and looks again.
_MOST_SHOWN = 500
#: The value of ``only`` in the address by which warnings are left out.
_ERRORS = "errors"


@dataclass(frozen=True)
class Row:
    """A finding as the page shows it, and where a click on its place leads."""

    finding: Finding
    place: str
    path: str


@dataclass(frozen=True)
class Group:
    """The findings of one severity in one file."""

    severity: str
    file: str
    rows: tuple[Row, ...]


class CheckPages:
    """Serves /site/check and /site/rules."""

    def __init__(self, room: StudioRoom, _parts: Parts) -> None:
        self._room = room

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", AT, self.show, role=Role.ADMIN),
            Route("GET", RULES_AT, self.rules, role=Role.ADMIN),
            Route("GET", RULES_AT + "/{id}", self.rule, role=Role.ADMIN),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show what is found in the draft as it is on disk now; with ``?only=errors``, what stops a publication."""
        loaded = await self._room.load_draft()
        errors_only = visit.query("only") == _ERRORS
        asked = [one for one in loaded.findings if one.severity == "error" or not errors_only]
        findings = asked[:_MOST_SHOWN]
        return visit.page(
            "studio/check.html",
            here_now=AT,
            groups=groups(findings, self._room.draft),
            errors=sum(finding.severity == "error" for finding in loaded.findings),
            warnings=sum(finding.severity == "warning" for finding in loaded.findings),
            hidden=len(asked) - len(findings),
            errors_only=errors_only,
            only_errors_at=f"{AT}?only={_ERRORS}",
            all_at=AT,
            version=loaded.site.version if loaded.site is not None else "",
            digest=_digest(loaded.findings, loaded.site.version if loaded.site is not None else ""),
            rules=len(RULES),
        )

    async def rules(self, visit: Visit) -> web.StreamResponse:
        """List every rule."""
        return visit.page("studio/rules.html", here_now=AT, rules=RULES.values())

    async def rule(self, visit: Visit) -> web.StreamResponse:
        """Explain one rule."""
        id_ = visit.request.match_info["id"].upper()
        if id_ not in RULES:
            raise Problem(404, "there is no rule of this name", f"all of them are at {RULES_AT}")
        return visit.page("studio/rule.html", here_now=AT, rule=RULES[id_], example=EXAMPLES[id_])


def groups(findings: Iterable[Finding], draft: Path) -> tuple[Group, ...]:
    """Return the findings by severity, errors first, and by file; within a file by place."""
    rows = [Row(finding, *_place(finding, draft)) for finding in findings]
    rows.sort(key=lambda row: (row.finding.severity, row.finding.position))
    return tuple(
        Group(severity, file, tuple(members))
        for (severity, file), members in groupby(
            rows, key=lambda row: (row.finding.severity, _file(row.finding, draft))
        )
    )


def _file(finding: Finding, draft: Path) -> str:
    """Return the file's name as the admin knows it: within the draft; '' for the draft itself."""
    file = Path(finding.position.file)
    if file == draft:
        return "" if draft.is_dir() else file.name
    return str(file.relative_to(draft)) if file.is_relative_to(draft) else file.name


def _place(finding: Finding, draft: Path) -> tuple[str, str]:
    """Return the words for the place, and the address at which it can be mended; '' where there is none."""
    file, position = _file(finding, draft), finding.position
    if not file:
        return "the folder", ""
    if file.startswith(f"{RECORDINGS}/"):
        return "the recording", "/site/prompts"
    query = urlencode({"file": file, "line": position.line, "column": position.column})
    return f"line {position.line}, column {position.column}", f"/site/edit?{query}"


def _digest(findings: tuple[Finding, ...], version: str) -> str:
    """Return a few signs that change when the page would say something else."""
    return sha256("\n".join([version, *map(str, findings)]).encode()).hexdigest()[:16]
