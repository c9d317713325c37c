"""The command group `token`: names, options and help only; the work is in `server.commands.tokens`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.launch import at_once

app = typer.Typer(help="The tokens that programs use the API with.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="What the token is for, such as crm.", metavar="NAME")]
Data = Annotated[Path, typer.Option("--data", help="Folder for everything that must survive.", metavar="DIR")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Expires = Annotated[str, typer.Option(help="For how long it is valid: 90d, 24h.", metavar="SPAN")]


@app.command(name="add")
def add(
    name: Name,
    data: Data,
    scope: Annotated[
        list[str], typer.Option("--scope", help="What it may do, such as calls:read; may be repeated.", metavar="SCOPE")
    ],
    expires: Expires = "",
    rate: Annotated[float, typer.Option(help="Requests a second.")] = 20.0,
    burst: Annotated[int, typer.Option(help="Requests at once.")] = 100,
    json: Json = False,
) -> None:
    """Make a token and print it, once; without --expires it is valid until it is removed."""
    with at_once():
        from server.commands import tokens as command

    raise typer.Exit(command.add(data, name, scope, expires, rate, burst, json=json))


@app.command(name="list")
def list_(data: Data, json: Json = False) -> None:
    """List the tokens: what each may do, until when, and when it was used last."""
    with at_once():
        from server.commands import tokens as command

    raise typer.Exit(command.show(data, json=json))


@app.command(name="rotate")
def rotate(
    name: Name,
    data: Data,
    overlap: Annotated[
        str, typer.Option(help="How long the secret of now stays valid; 0 for no more.", metavar="SPAN")
    ] = "24h",
    expires: Expires = "",
    json: Json = False,
) -> None:
    """Give a token a new secret and print it, once; without --expires its end stays as it was."""
    with at_once():
        from server.commands import tokens as command

    raise typer.Exit(command.rotate(data, name, overlap, expires, json=json))


@app.command(name="remove")
def remove(name: Name, data: Data) -> None:
    """Let a token be valid no more, at once."""
    with at_once():
        from server.commands import tokens as command

    raise typer.Exit(command.remove(data, name))
