"""The pages of imports: bring a file, see what its rows would become, follow it, undo it. Parses and renders."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from config.schema import Site
from crm_bridge.exchange.csv_export import refused_csv
from crm_bridge.exchange.encoding import CHOICES
from crm_bridge.exchange.errors import ExchangeError
from crm_bridge.exchange.plan import FileKind, Wishes
from crm_bridge.importing import Imports
from crm_bridge.importing_model import LARGEST, MOST_TOLD, Import, Rule, Shown, State
from crm_bridge.web import import_asking as asking
from crm_bridge.web import import_view as views
from crm_bridge.web.import_view import Times
from ledger.clock import Clock
from ledger.web.leading import lead_to
from ledger.web.visit import Refusal, Upload, Visit, Who

HOME = "/customers/import"
#: Uploads at once; one more waits for nobody, but is told to come again.
AT_ONCE = 2
#: Seconds in which a file must have come.
UPLOAD_SECONDS = 600.0
#: Refused rows on the page; the file has them all.
_SHOWN = 50


class Receiving:
    """Files that are on their way here."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._coming = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Path]:
        """Give the name of a file to write to; what is left there is gone afterwards. Raises Refusal."""
        if self._coming >= AT_ONCE:
            raise Refusal(503, "too many files are coming in at this moment", "try again in a minute")
        self._coming += 1
        path = self._folder / f"{secrets.token_hex(16)}.part"
        try:
            await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
            yield path
        finally:
            self._coming -= 1
            await asyncio.to_thread(path.unlink, missing_ok=True)


class ImportPages:
    """Serves /customers/import."""

    def __init__(self, imports: Imports, receiving: Receiving, site: Callable[[], Site], clock: Clock) -> None:
        self._imports = imports
        self._receiving = receiving
        self._site = site
        self._clock = clock

    async def start(self, visit: Visit, who: Who, wrong: str = "") -> web.StreamResponse:
        """Show where to bring a file, and the imports before."""
        now = self._clock.now()
        found = [views.view_of(one, now) for one in await self._imports.list_newest()]
        return visit.page(
            "import/start.html",
            status=422 if wrong else 200,
            imports=found,
            wrong=wrong,
            largest=LARGEST,
            size_of=views.size_of,
            times=self._times(),
        )

    async def bring(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Take a file and lead to what it would become."""
        try:
            one, _ = await self.received(visit, who)
        except ExchangeError as error:
            return await self.start(visit, who, error.why)
        return lead_to(f"{HOME}/{one.id}", did="brought")

    async def received(self, visit: Visit, who: Who) -> tuple[Import, Upload]:
        """Take a file into our keeping. Raises Refusal, ExchangeError, NotPossible."""
        async with self._receiving.place() as path:
            upload = await visit.upload("document", path, LARGEST)
            if not upload.size:
                raise Refusal(400, "there is no file in the form", "choose one")
            wishes = asking.wishes_of({**upload.fields, **asking.mapped(upload.fields.get("map", "").split())})
            return await self._imports.take(path, upload.file_name or "customers", who.name, wishes), upload

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show an import: what its rows would become, how far it is, or what came of it."""
        one = await self._imports.get(visit.request.match_info["id"])
        if one.state is State.DRAFT:
            return await self._preview(visit, one, one.wishes, one.rule)
        view = views.view_of(one, self._clock.now(), await self._imports.waits_for(one))
        refused = await self._imports.told(one.id, limit=_SHOWN)
        warned = await self._imports.told(one.id, taken=True, limit=_SHOWN)
        return visit.page(
            "import/progress.html",
            view=view,
            one=one,
            refused=refused,
            warned=warned,
            rules=asking.RULE_WORDS,
            size_of=views.size_of,
            times=self._times(),
        )

    async def look(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show what the rows become when the file is read as the form says."""
        form = await visit.form()
        one = await self._imports.get(visit.request.match_info["id"])
        return await self._preview(visit, one, asking.wishes_of(form), asking.rule_of(form))

    async def begin(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Begin, as the form says."""
        form = await visit.form()
        id_ = visit.request.match_info["id"]
        try:
            await self._imports.begin(id_, asking.wishes_of(form), asking.rule_of(form))
        except ExchangeError as error:
            raise Refusal(409, error.why, "bring the file again") from None
        return lead_to(f"{HOME}/{id_}", did="begun")

    async def cancel(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Stop it; what never began is discarded."""
        id_ = visit.request.match_info["id"]
        one = await self._imports.cancel(id_)
        return lead_to(HOME if one.state is State.DRAFT else f"{HOME}/{id_}", did="cancelled")

    async def undo(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Take it back."""
        id_ = visit.request.match_info["id"]
        await self._imports.undo(id_, who.name)
        return lead_to(f"{HOME}/{id_}", did="undone")

    async def refused(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send the refused rows as CSV, with the reason of each; mended, they can be brought again."""
        one = await self._imports.get(visit.request.match_info["id"])
        rows = [told.row for told in await self._imports.told(one.id, limit=MOST_TOLD)]
        headings = one.plan.headings if one.plan is not None else ()
        delimiter = ";" if one.plan is not None and one.plan.delimiter == ";" else ","
        content = await asyncio.to_thread(
            refused_csv, headings, rows, untold=one.counts.refused - len(rows), delimiter=delimiter
        )
        said = f'attachment; filename="refused-{one.id[:8]}.csv"'
        headers = {"Content-Disposition": said, "Cache-Control": "no-store"}
        return web.Response(body=content, content_type="text/csv", charset="utf-8", headers=headers)

    async def _preview(self, visit: Visit, one: Import, wishes: Wishes, rule: Rule) -> web.Response:
        wrong, shown = "", None
        try:
            shown = await self._imports.show(one.id, wishes, rule)
        except ExchangeError as error:
            wrong = error.why
        return visit.page(
            "import/preview.html",
            status=422 if wrong else 200,
            one=one,
            shown=shown,
            wrong=wrong,
            wishes=wishes,
            rule=rule,
            table=asking.table_of(wishes),
            is_csv=shown is None or shown.plan.kind is FileKind.CSV,
            choices=self._choices(shown),
            fates=views.FATES,
            counted=views.fates_counted(shown.fates) if shown is not None else {},
            said=asking.said,
            size_of=views.size_of,
        )

    def _choices(self, shown: Shown | None) -> Mapping[str, Mapping[str, object]]:
        names = {name: asking.ENCODING_WORDS.get(name, name) for name in CHOICES}
        settings = self._site().customers
        return {
            "encodings": names,
            "delimiters": {asking.name_of(sign): words for sign, words in asking.DELIMITER_WORDS.items()},
            "meanings": asking.meanings(settings, shown.plan) if shown is not None else {},
            "rules": {rule.value: words for rule, words in asking.RULE_WORDS.items()},
        }

    def _times(self) -> Times:
        return Times(self._clock.now(), self._site().company.zone)
