"""Makes imports and exports of customers a feature of the shell: routes with roles, scopes and descriptions.

The handlers are in `crm_bridge.web`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from crm_bridge.exporting import Exports
from crm_bridge.importing import Imports
from crm_bridge.importing_model import NoSuchImport
from crm_bridge.model import NotPossible
from crm_bridge.web import import_pages as pages_of_imports
from crm_bridge.web.export_pages import ExportPages
from crm_bridge.web.import_api import ImportApi
from crm_bridge.web.import_pages import HOME, UPLOAD_SECONDS, ImportPages, Receiving
from server.accounts import Role
from server.import_room import imports_of
from server.scopes import Scope
from server.web import import_operations as described
from server.web.entering import entering
from server.web.import_operations import API, EXPORT
from server.web.parts import Parts
from server.web.route import Feature, Route

NAME = "import"
FOLDER = Path(pages_of_imports.__file__).parents[1]
#: A file has its time to come, and then to be looked at.
SECONDS = UPLOAD_SECONDS + 60.0
LOOKING = 90.0

_entered = partial(
    entering,
    told={
        NoSuchImport: (404, "there is no such import", f"the imports are at {HOME}"),
        NotPossible: (409, "", "look at the import again"),
    },
)


def import_feature(parts: Parts, position: Callable[[], str]) -> Feature | None:
    """Return imports and exports as a feature; None for a server that keeps no customers."""
    if parts.customers is None:
        return None
    cabinet = parts.customers.cabinet
    imports = imports_of(cabinet, parts.data)
    pages = ImportPages(imports, Receiving(parts.data / "imports"), parts.site, parts.clock)
    exports = ExportPages(Exports(cabinet), parts.site, parts.clock)
    return Feature(
        NAME,
        routes=(*_pages(pages), *_exports(exports), *_api(imports, pages)),
        templates=FOLDER / "templates" / NAME,
        static=FOLDER / "static" / NAME,
    )


def _pages(pages: ImportPages) -> tuple[Route, ...]:
    one, role = HOME + "/{id}", Role.SUPERVISOR
    return (
        Route("GET", HOME, _entered(pages.start), role=role),
        Route("POST", HOME, _entered(pages.bring), role=role, seconds=SECONDS),
        Route("GET", one, _entered(pages.show), role=role, seconds=LOOKING),
        Route("GET", f"{one}/refused.csv", _entered(pages.refused), role=role),
        Route("POST", f"{one}/look", _entered(pages.look), role=role, seconds=LOOKING),
        Route("POST", f"{one}/begin", _entered(pages.begin), role=role, seconds=LOOKING),
        Route("POST", f"{one}/cancel", _entered(pages.cancel), role=role),
        Route("POST", f"{one}/undo", _entered(pages.undo), role=role),
    )


def _exports(pages: ExportPages) -> tuple[Route, ...]:
    at, role = "/customers/export", Role.SUPERVISOR
    return (
        Route("GET", at, _entered(pages.show), role=role),
        # Each piece has its own deadline; a large house takes its time.
        Route("GET", f"{at}/file", _entered(pages.send), role=role, endless=True),
        Route(
            *("GET", EXPORT, _entered(pages.send), role, described.EXPORTED), endless=True, scope=Scope.CUSTOMERS_READ
        ),
    )


def _api(imports: Imports, pages: ImportPages) -> tuple[Route, ...]:
    api = ImportApi(imports, pages)
    one, role, read, write = API + "/{id}", Role.SUPERVISOR, Scope.CUSTOMERS_READ, Scope.CUSTOMERS_WRITE
    return (
        Route("GET", API, _entered(api.list_imports), role, described.LISTED, scope=read),
        Route("POST", API, _entered(api.bring), role, described.BROUGHT, seconds=SECONDS, scope=write),
        Route("GET", one, _entered(api.tell), role, described.TOLD, scope=read),
        Route("GET", f"{one}/refused", _entered(api.refused), role, described.REFUSED, scope=read),
        Route("POST", one + "/{deed}", _entered(api.act), role, described.CHANGED, scope=write),
    )
