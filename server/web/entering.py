"""The way from the shell to a feature's handlers and back: who asks, and what its rules raise as HTTP says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from aiohttp import web

from ledger.web.visit import Handler, Refusal, Who
from server.accounts import Account, Role
from server.web.problems import Problem
from server.web.route import Handler as ShellHandler
from server.web.visit import Visit

#: By what the rules raise: the status, what is said ('' for the error's own words), and what to do.
Told = Mapping[type[Exception], tuple[int, str, str]]


def entering(handler: Handler, told: Told) -> ShellHandler:
    """Let a handler of a feature serve a visit of the shell."""

    async def serve(visit: Visit) -> web.StreamResponse:
        assert visit.account is not None, "the guard lets nobody else in"
        with telling(told):
            return await handler(visit, who_of(visit.account))

    return serve


@contextmanager
def telling(told: Told) -> Iterator[None]:
    """Tell the shell what goes wrong inside; raises Problem."""
    try:
        yield
    except Refusal as refused:
        raise Problem(refused.status, refused.error, refused.hint) from None
    except tuple(told) as error:
        status, said, hint = next(told[kind] for kind in told if isinstance(error, kind))
        raise Problem(status, said or str(error), hint) from None


def who_of(account: Account) -> Who:
    """Return an account as features know it."""
    return Who(
        account.name,
        account.person,
        sees_all=account.role.includes(Role.SUPERVISOR),
        is_admin=account.role.includes(Role.ADMIN),
    )
