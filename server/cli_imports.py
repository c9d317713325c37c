"""The command group `import`: names, options and help only; the work is in `server.commands`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.launch import at_once

app = typer.Typer(help="Take over what an existing Asterisk has.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The file, or a .gz of logrotate's.", metavar="FILE")]
Data = Annotated[Path, typer.Option("--data", help="Folder for everything that must survive.", metavar="DIR")]
Host = Annotated[
    str, typer.Option(help="A name for the Asterisk it is from; left out: the site's own.", metavar="NAME")
]
Zone = Annotated[
    str, typer.Option(help="The clock of the machine that wrote it; left out: the site's zone.", metavar="ZONE")
]
Country = Annotated[
    str, typer.Option(help="Where numbers without a country are dialled, such as LT; left out: the site's.")
]
Encoding = Annotated[str, typer.Option(help="How the file is written.")]
Agents = Annotated[
    list[str] | None, typer.Option("--agent", help="Our name for an agent or phone of the file.", metavar="THEIRS=OURS")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@app.command(name="pbx")
def pbx(
    folder: Annotated[Path, typer.Argument(help="Asterisk's configuration, such as /etc/asterisk.", metavar="DIR")],
    with_pins: Annotated[bool, typer.Option("--with-pins", help="Write the PINs too.")] = False,
    encoding: Encoding = "utf-8",
    json: Json = False,
) -> None:
    """Print the mailboxes of a voicemail.conf as YAML for a site; what is not in it is listed on standard error."""
    with at_once():
        from server.commands import import_pbx as command

    raise typer.Exit(command.run(folder, encoding, with_pins=with_pins, json=json))


@app.command(name="queue-log")
def queue_log(
    file: File,
    data: Data,
    host: Host = "",
    zone: Zone = "",
    queue: Annotated[
        list[str] | None, typer.Option(help="Our department for a queue of the file.", metavar="THEIRS=OURS")
    ] = None,
    agent: Agents = None,
    country: Country = "",
    inside: Annotated[
        bool, typer.Option("--inside", help="Callers from extensions count too, as at a help desk of the house.")
    ] = False,
    encoding: Encoding = "utf-8",
    json: Json = False,
) -> None:
    """Take the calls of an Asterisk's queue_log into the reports; twice is once."""
    with at_once():
        from reports.imports.model import Kind
        from server.commands import import_history as command

    wish = command.Wish(*(host, zone, encoding, tuple(queue or ()), tuple(agent or ())), country=country, inside=inside)
    raise typer.Exit(command.run(Kind.QUEUE_LOG, file, data, wish, json=json))


@app.command(name="cdr")
def cdr(
    file: File,
    data: Data,
    context: Annotated[
        list[str] | None, typer.Option(help="Customers' calls come in here; may be repeated.", metavar="NAME")
    ] = None,
    trunk: Annotated[
        list[str] | None, typer.Option(help="Customers' calls come from this trunk; may be repeated.", metavar="NAME")
    ] = None,
    number: Annotated[
        list[str] | None, typer.Option(help="Customers dial this number; may be repeated.", metavar="NUMBER")
    ] = None,
    menus: Annotated[
        bool, typer.Option("--menus/--no-menus", help="Whether that Asterisk answered calls itself, before a person.")
    ] = True,
    columns: Annotated[
        str, typer.Option(help="The columns of cdr_custom.conf, where they cannot be seen.", metavar="NAMES")
    ] = "",
    host: Host = "",
    zone: Zone = "",
    agent: Agents = None,
    country: Country = "",
    encoding: Encoding = "utf-8",
    json: Json = False,
) -> None:
    """Take the calls of a CDR file (Master.csv, or of cdr_custom) into the reports; twice is once."""
    with at_once():
        from reports.imports.model import Kind
        from server.commands import import_history as command

    wish = command.Wish(
        *(host, zone, encoding),
        agents=tuple(agent or ()),
        columns=columns,
        contexts=tuple(context or ()),
        trunks=tuple(trunk or ()),
        numbers=tuple(number or ()),
        menus=menus,
        country=country,
    )
    raise typer.Exit(command.run(Kind.CDR, file, data, wish, json=json))


@app.command(name="list")
def list_(data: Data, json: Json = False) -> None:
    """List what was imported into the reports."""
    with at_once():
        from server.commands import import_history as command

    raise typer.Exit(command.show(data, json=json))


@app.command(name="forget")
def forget(
    source: Annotated[str, typer.Argument(help="As `import list` names it.", metavar="SOURCE")],
    data: Data,
    json: Json = False,
) -> None:
    """Take everything that was imported from a source out of the reports again."""
    with at_once():
        from server.commands import import_history as command

    raise typer.Exit(command.forget(data, source, json=json))
