"""What the command line looks like: progress, tables, complaints.

Owns the terminal; commands say what, this says how. Progress and complaints go to stderr, results to stdout.
"""

from __future__ import annotations

import json as json_module
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from server.launch import at_once
from server.progress import Show

#: Tracebacks without the values of variables: those may be numbers, digits or passwords.
TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))

stdout = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
stderr = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)


class Foreseen(Exception):
    """Something the user can mend; the text says how."""


def complain(text: str) -> None:
    """Say what is wrong."""
    stderr.print(f"switchroom: {text}", style="red")


def remark(text: str) -> None:
    """Say what the user should know; nothing is wrong."""
    stderr.print(f"switchroom: {text}", style="yellow")


def put(text: str = "") -> None:
    """Print a line of the result."""
    stdout.print(text)


def put_json(value: Any) -> None:
    """Print one line of JSON, undecorated."""
    sys.stdout.write(json_module.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


@contextmanager
def progress() -> Iterator[Show]:
    """Show long work: a bar where somebody watches, a line for each step where nobody does."""
    if not stderr.is_terminal:
        last: list[str] = []

        def tell(what: str, done: float | None) -> None:
            if last[-1:] != [what.split(" (")[0]]:
                last.append(what.split(" (")[0])
                stderr.print(f"  {last[-1]} ...")

        yield tell
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=stderr, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def show(what: str, done: float | None) -> None:
            bar.update(task, description=what, total=None if done is None else 1.0, completed=done or 0.0)

        yield show


def log_to(path: Path | None = None, *, level: str = "info") -> None:
    """Send the log to a file, or to stderr as lines of JSON for machines and of text for people."""
    renderer: Any = structlog.dev.ConsoleRenderer(colors=False)
    if path is None and not stderr.is_terminal:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    file = sys.stderr if path is None else path.open("a", buffering=1)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            TRACEBACKS,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file),
    )


@contextmanager
def foreseen() -> Iterator[None]:
    """Turn the errors that the parts foresee into one sentence for the user."""
    with at_once():
        from callrouter.ami.errors import AmiError
        from config.errors import SiteUnusable
        from config.versions.model import VersionError
        from ivr.prompt_book import PromptError
        from ledger.errors import LedgerError
        from pbx.errors import PbxError
        from server.data_folder import FolderInUse
        from server.telephone import NoAsterisk

    try:
        yield
    except SiteUnusable as error:
        raise Foreseen("\n".join(str(finding) for finding in error.findings) or str(error)) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise Foreseen(f"{where}{error.strerror or error}") from error
    except VersionError as error:
        raise Foreseen(str(error)) from error
    except (AmiError, LedgerError, PbxError, PromptError, NoAsterisk, FolderInUse) as error:
        raise Foreseen(f"{type(error).__name__}: {error}") from error


def environment() -> dict[str, str]:
    """Return the environment, for the site's ${ENV:NAME}; read here and nowhere else."""
    return dict(os.environ)
