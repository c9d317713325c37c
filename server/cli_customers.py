"""The command group `customers`: names, options and help only; the work is in `server.commands.customers`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.launch import at_once

app = typer.Typer(help="Customers: import, export, look up.", no_args_is_help=True)

Data = Annotated[Path, typer.Option("--data", help="Folder for everything that must survive.", metavar="DIR")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV or vCard.", metavar="FILE")],
    data: Data,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come of it, and change nothing.")] = False,
    existing: Annotated[
        str, typer.Option(help="Who is there already: skip, join (add numbers and addresses), add.", metavar="RULE")
    ] = "skip",
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="What a column means, as in 2=phone|mobile; may be repeated.", metavar="N=FIELD"),
    ] = None,
    encoding: Annotated[str, typer.Option(help="Such as cp1257; left out, it is guessed.")] = "",
    delimiter: Annotated[str, typer.Option(help="comma, semicolon, tab or bar; left out, it is guessed.")] = "",
    header: Annotated[str, typer.Option(help="yes or no: whether the first row is headings.")] = "",
    json: Json = False,
) -> None:
    """Import a file by the running server and see it through; end with 1 when rows were refused."""
    with at_once():
        from server.commands import customers as command

    wish = command.Wish(file, existing, tuple(columns or ()), encoding, delimiter, header)
    raise typer.Exit(command.import_file(data, wish, dry_run=dry_run, json=json))


@app.command(name="export")
def export(
    file: Annotated[Path, typer.Argument(help="A new file; .vcf is written as vCard.", metavar="FILE")],
    data: Data,
    format: Annotated[str, typer.Option(help="csv or vcard; left out, as the file's name says.")] = "",
    status: Annotated[str, typer.Option(help="Only customers of this status.")] = "",
    tag: Annotated[str, typer.Option(help="Only customers with this tag.")] = "",
    json: Json = False,
) -> None:
    """Write customers into a file; that it was done is written down."""
    with at_once():
        from server.commands import customers as command

    raise typer.Exit(command.export_file(data, file, format, status, tag, json=json))


@app.command(name="find")
def find(
    text: Annotated[str, typer.Argument(help="Beginnings of words, part of a number, a mail address.", metavar="TEXT")],
    data: Data,
    json: Json = False,
) -> None:
    """List customers who have all of this; end with 1 for nobody."""
    with at_once():
        from server.commands import customers as command

    raise typer.Exit(command.find(data, text, json=json))


@app.command(name="show")
def show(
    id: Annotated[str, typer.Argument(help="A customer's id, as `find` prints it.", metavar="ID")],
    data: Data,
    json: Json = False,
) -> None:
    """Show what is written of a customer and what passed; that somebody looked is noted."""
    with at_once():
        from server.commands import customers as command

    raise typer.Exit(command.show(data, id, json=json))
