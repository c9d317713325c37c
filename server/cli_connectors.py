"""The command group `connectors`: names, options and help only; the work is in `server.commands.connectors`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.launch import at_once

app = typer.Typer(help="The systems that learn of what happens here.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The connector's name in the site.", metavar="NAME")]
Data = Annotated[Path, typer.Option("--data", help="Folder for everything that must survive.", metavar="DIR")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@app.command(name="list")
def list_(data: Data, json: Json = False) -> None:
    """List the connectors: how each does, what waits for it, what failed; 1 if somebody has to look."""
    with at_once():
        from server.commands import connectors as command

    raise typer.Exit(command.list_connectors(data, json=json))


@app.command(name="show")
def show(name: Name, data: Data, json: Json = False) -> None:
    """Show one connector, and the events that failed or wait with what was said of each."""
    with at_once():
        from server.commands import connectors as command

    raise typer.Exit(command.show(data, name, json=json))


@app.command(name="resend")
def resend(
    name: Name,
    data: Data,
    event: Annotated[str, typer.Argument(help="The event's id; left out: all that failed.", metavar="[ID]")] = "",
    json: Json = False,
) -> None:
    """Have the running server send an event again, or all that failed; what waits is tried at once."""
    with at_once():
        from server.commands import connectors as command

    raise typer.Exit(command.resend(data, name, event, json=json))
