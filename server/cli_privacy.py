"""The command group `privacy`: names, options and help only; the work is in `server.commands.privacy`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.launch import at_once

app = typer.Typer(help="What persons may ask: what is known of them, and to be forgotten.", no_args_is_help=True)

Customer = Annotated[str, typer.Argument(help="The customer's id, or a number only this one has.", metavar="CUSTOMER")]
Data = Annotated[Path, typer.Option("--data", help="Folder for everything that must survive.", metavar="DIR")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@app.command(name="export")
def export(
    customer: Customer,
    file: Annotated[Path, typer.Argument(help="The ZIP to write; it must not be there yet.", metavar="FILE")],
    data: Data,
    json: Json = False,
) -> None:
    """Write everything that is known of a person into a ZIP; the server must run."""
    with at_once():
        from server.commands import privacy as command

    raise typer.Exit(command.export(data, customer, file, json=json))


@app.command(name="erase")
def erase(
    customer: Customer,
    data: Data,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the name.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    json: Json = False,
) -> None:
    """Forget a person for good, after the name was typed; the server must run."""
    with at_once():
        from server.commands import privacy as command

    raise typer.Exit(command.erase(data, customer, yes=yes, dry_run=dry_run, json=json))


@app.command(name="certificates")
def certificates(
    data: Data,
    wanted: Annotated[str, typer.Option("--id", help="Only this one; a beginning will do.", metavar="ID")] = "",
    to: Annotated[Path | None, typer.Option("--to", help="Write its PDF here.", metavar="FILE")] = None,
    json: Json = False,
) -> None:
    """List who was forgotten, by pseudonym, and write a certificate into a file; the server must run."""
    with at_once():
        from server.commands import privacy as command

    raise typer.Exit(command.certificates(data, wanted=wanted, to=to, json=json))
