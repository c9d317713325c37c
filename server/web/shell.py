"""The shell's own small routes: the way in, its files, the description of the API."""

from __future__ import annotations

import json

from aiohttp import web

from server.web.problems import Problem
from server.web.route import Answer, Operation, Route
from server.web.static_files import StaticFiles
from server.web.visit import Visit

HOME = "/calls"
#: Where the API describes itself.
DESCRIPTION = "/api/v1/openapi.json"


class Shell:
    """Serves what belongs to no feature. `description` is set once all routes are known."""

    def __init__(self, static: StaticFiles) -> None:
        self._static = static
        self.description: dict[str, object] = {}

    def routes(self) -> tuple[Route, ...]:
        described = Operation(
            "describeApi", "This description", {200: Answer("OpenAPI 3.1", example={"openapi": "3.1.0"})}
        )
        return (
            Route("GET", "/", self.home, role=None),
            Route("GET", "/static/{name:.+}", self.file, role=None),
            Route("GET", DESCRIPTION, self.describe, role=None, operation=described),
        )

    async def home(self, visit: Visit) -> web.StreamResponse:
        """Lead to the first page."""
        raise web.HTTPFound(HOME)

    async def file(self, visit: Visit) -> web.StreamResponse:
        """Send a style sheet, script or picture."""
        file = self._static.find(visit.request.match_info["name"])
        if file is None:
            raise Problem(404, "there is no such file")
        tag = f'"{file.digest}"'
        lasting = "public, max-age=31536000, immutable" if visit.query("v") == file.digest else "no-cache"
        headers = {"ETag": tag, "Cache-Control": lasting, "Content-Type": file.content_type}
        if visit.request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=file.content, headers=headers)

    async def describe(self, visit: Visit) -> web.StreamResponse:
        """Send the description of the API."""
        return web.Response(text=json.dumps(self.description), content_type="application/json")
