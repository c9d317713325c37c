"""The command line: names, options and help of every command, and what their errors look like.

Owns no work: each command is in `server.commands`, imported when it is run.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from server import cli_connectors, cli_customers, cli_imports, cli_privacy, cli_site, cli_tokens
from server.launch import INTERRUPTED, at_once, say_interrupted

app = typer.Typer(
    name="switchroom",
    help="A contact-centre server that stands beside Asterisk.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Site = Annotated[Path, typer.Argument(help="Folder (or file) of the site's YAML.", metavar="SITE")]
Data = Annotated[Path, typer.Option("--data", help="Folder for everything that must survive.", metavar="DIR")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
MessageId = Annotated[str, typer.Argument(help="The message's id, or its beginning.", metavar="ID")]
FaxId = Annotated[str, typer.Argument(help="The fax's id, or its beginning.", metavar="ID")]

voicemail = typer.Typer(help="The messages that callers left.", no_args_is_help=True)
app.add_typer(voicemail, name="voicemail")
fax = typer.Typer(help="The faxes that came, and those that go out.", no_args_is_help=True)
app.add_typer(fax, name="fax")
app.add_typer(cli_tokens.app, name="token")
app.add_typer(cli_connectors.app, name="connectors")
app.add_typer(cli_privacy.app, name="privacy")
app.add_typer(cli_customers.app, name="customers")
app.add_typer(cli_imports.app, name="import")
app.add_typer(cli_site.app)


@app.command()
def setup() -> None:
    """Bring in all that tests and demo need: Asterisk, PostgreSQL's programs, voices."""
    with at_once():
        from server.commands import setup as command

    raise typer.Exit(command.run())


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the calls; status 0 if all ended right.")] = False,
    json: Json = False,
    data: Annotated[Path | None, typer.Option("--data", help="Keep the data here.", metavar="DIR")] = None,
) -> None:
    """Start everything on the sample site and place real calls."""
    with at_once():
        from server.demo import command

    raise typer.Exit(command.run(once=once, json=json, data=data))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Run the whole test suite, real Asterisk included. Arguments go to pytest."""
    with at_once():
        from server.commands import test as command

    raise typer.Exit(command.run(context.args))


@app.command(name="try")
def try_(
    site: Site,
    to: Annotated[str, typer.Option("--to", help="The number dialled.", metavar="NUMBER")],
    caller: Annotated[str, typer.Option("--from", help="The caller's number.", metavar="NUMBER")] = "",
    at: Annotated[str | None, typer.Option(help="Date and time, such as 2026-12-24T17:59.", metavar="ISO")] = None,
    keys: Annotated[str | None, typer.Option(help='Keys and waits: "1 w5 2".', metavar="KEYS")] = None,
    hang_up: Annotated[float | None, typer.Option(help="The caller hangs up after so long.", metavar="SECONDS")] = None,
    speaks: Annotated[float, typer.Option(help="So long he speaks after a tone.", metavar="SECONDS")] = 10.0,
    fax: Annotated[bool, typer.Option("--fax", help="A fax machine calls.")] = False,
    logged_in: Annotated[
        str | None, typer.Option(help='Only they are: "ann,ben"; "" is nobody.', metavar="WHO")
    ] = None,
    busy: Annotated[str, typer.Option(help="They are on another call.", metavar="WHO")] = "",
    away: Annotated[str, typer.Option(help="Their phones ring, and they do not answer.", metavar="WHO")] = "",
    waiting: Annotated[int, typer.Option(help="So many wait in each line.", min=0, max=1000, metavar="N")] = 0,
    json: Json = False,
) -> None:
    """Walk one call through the menus in the terminal; without --keys you press them yourself."""
    with at_once():
        from server.commands import try_call as command
        from server.commands.try_whole import Around

    around = Around.said(hang_up, speaks, fax, logged_in, busy, away, waiting)
    raise typer.Exit(command.run(site, to=to, caller=caller, at=at, keys=keys, json=json, around=around))


@app.command()
def calls(
    data: Data,
    day: Annotated[str | None, typer.Option(help="A day such as 2026-11-24; left out: today.", metavar="DAY")] = None,
    json: Json = False,
) -> None:
    """List the calls of a day."""
    with at_once():
        from server.commands import calls as command

    raise typer.Exit(command.list_calls(data, day, json=json))


@app.command()
def call(
    call_id: Annotated[str, typer.Argument(help="The call's id, or its beginning.", metavar="ID")],
    data: Data,
    json: Json = False,
) -> None:
    """Tell one call's whole story."""
    with at_once():
        from server.commands import calls as command

    raise typer.Exit(command.tell_call(data, call_id, json=json))


@app.command()
def agents(data: Data, json: Json = False) -> None:
    """Show what every agent and phone is doing now."""
    with at_once():
        from server.commands import agents as command

    raise typer.Exit(command.show(data, json=json))


@app.command()
def agent(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    deed: Annotated[str, typer.Argument(help="login, logout, pause or resume.", metavar="DEED")],
    data: Data,
    reason: Annotated[str, typer.Option(help="Why, for a pause.")] = "",
) -> None:
    """Log an agent in or out, pause or resume."""
    with at_once():
        from server.commands import agents as command

    raise typer.Exit(command.do(data, name, deed, reason))


@app.command()
def accounts(data: Data, json: Json = False) -> None:
    """List who may log in to the pages."""
    with at_once():
        from server.commands import accounts as command

    raise typer.Exit(command.show(data, json=json))


@app.command()
def account(
    deed: Annotated[str, typer.Argument(help="add, reset (a new password) or remove.", metavar="DEED")],
    name: Annotated[str, typer.Argument(metavar="NAME")],
    data: Data,
    role: Annotated[str, typer.Option(help="admin, supervisor or operator.")] = "operator",
    person: Annotated[str, typer.Option(help="Whom of the site it belongs to.")] = "",
) -> None:
    """Let somebody log in to the pages, with a new password, or no longer."""
    with at_once():
        from server.commands import accounts as command
        from server.terminal import Foreseen

    match deed:
        case "add":
            status = command.add(data, name, role, person)
        case "reset":
            status = command.reset(data, name)
        case "remove":
            status = command.remove(data, name)
        case _:
            raise Foreseen(f"{deed!r} is not one of add, reset and remove")
    raise typer.Exit(status)


@app.command()
def report(
    name: Annotated[
        str,
        typer.Argument(
            help="The report; `list` names them, `issued` were made, `check` recounts, `rebuild` derives anew.",
            metavar="NAME",
        ),
    ],
    data: Data,
    start: Annotated[str | None, typer.Option("--from", help="First day; left out: today.", metavar="DAY")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last day; left out: the first.", metavar="DAY")] = None,
    format: Annotated[str, typer.Option(help="text, json, csv, pdf or xlsx.")] = "text",
    out: Annotated[Path | None, typer.Option(help="Write it to this file.", metavar="FILE")] = None,
    department: Annotated[str, typer.Option(help="Only this department.", metavar="NAME")] = "",
    person: Annotated[str, typer.Option(help="Only this person.", metavar="NAME")] = "",
    minutes: Annotated[int, typer.Option(help="Minutes of an interval: 15, 30 or 60.")] = 60,
    table: Annotated[str | None, typer.Option(help="As CSV only this table; --out FILE.zip has all.")] = None,
) -> None:
    """Make a report, of any day or time."""
    with at_once():
        from server.commands import report as command
        from server.commands import report_issued as issued

    match name:
        case "list":
            status = command.list_all()
        case "issued":
            status = issued.run(data, format)
        case "check":
            status = command.check(data, start, end)
        case "rebuild":
            status = command.rebuild(data, start, end)
        case _:
            status = command.run(
                name, data, start, end, format, out, department=department, person=person, minutes=minutes, table=table
            )
    raise typer.Exit(status)


@voicemail.command(name="list")
def voicemail_list(
    data: Data,
    mailbox: Annotated[str | None, typer.Option(help="Only those of this mailbox.", metavar="NAME")] = None,
    show: Annotated[str, typer.Option(help="open, handled, empty, deleted or all.")] = "open",
    search: Annotated[str, typer.Option(help="Only those with these words, or from this caller.")] = "",
    json: Json = False,
) -> None:
    """List messages, the newest first."""
    with at_once():
        from server.commands import voicemail as command

    raise typer.Exit(command.list_messages(data, mailbox, show, search, json=json))


@voicemail.command(name="show")
def voicemail_show(message: MessageId, data: Data, json: Json = False) -> None:
    """Show one message and everything that happened to it."""
    with at_once():
        from server.commands import voicemail as command

    raise typer.Exit(command.show(data, message, json=json))


@voicemail.command(name="transcribe")
def voicemail_transcribe(
    message: MessageId,
    data: Data,
    again: Annotated[bool, typer.Option("--again", help="Also a message that has its text.")] = False,
) -> None:
    """Let the running server write down what is said in a message."""
    with at_once():
        from server.commands import voicemail as command

    raise typer.Exit(command.transcribe(data, message, again=again))


@voicemail.command(name="resend")
def voicemail_resend(message: MessageId, data: Data) -> None:
    """Let the running server mail a message once more."""
    with at_once():
        from server.commands import voicemail as command

    raise typer.Exit(command.act(data, message, "resend"))


@fax.command(name="list")
def fax_list(
    data: Data,
    sent: Annotated[bool | None, typer.Option("--sent/--received", help="Only those; left out: both.")] = None,
    box: Annotated[str | None, typer.Option(help="Only those of this fax box.", metavar="NAME")] = None,
    state: Annotated[
        str, typer.Option(help="open, handled, failed; under-way, sent, not-sent; deleted or all.")
    ] = "all",
    search: Annotated[str, typer.Option(help="Only those with these words, or of this number or name.")] = "",
    json: Json = False,
) -> None:
    """List faxes, the newest first."""
    with at_once():
        from fax.model import Direction
        from server.commands import fax as command

    direction = None if sent is None else Direction.OUT if sent else Direction.IN
    raise typer.Exit(command.list_faxes(data, direction, box, state, search, json=json))


@fax.command(name="show")
def fax_show(fax_id: FaxId, data: Data, json: Json = False) -> None:
    """Show one fax and everything that happened to it."""
    with at_once():
        from server.commands import fax as command

    raise typer.Exit(command.show(data, fax_id, json=json))


@fax.command(name="send")
def fax_send(
    document: Annotated[Path, typer.Argument(help="A PDF, a picture or a text.", metavar="FILE")],
    to: Annotated[str, typer.Option("--to", help="The fax number.", metavar="NUMBER")],
    data: Data,
    box: Annotated[
        str | None, typer.Option("--from", help="The fax box; left out: the only one.", metavar="BOX")
    ] = None,
    name: Annotated[str, typer.Option(help="Whose number that is.")] = "",
    subject: Annotated[str, typer.Option(help="What it is about.")] = "",
    cover: Annotated[bool | None, typer.Option("--cover/--no-cover", help="With a cover sheet, or without.")] = None,
    note: Annotated[str, typer.Option(help="What the cover sheet says.")] = "",
    resolution: Annotated[str, typer.Option(help="standard, fine or superfine; left out: as the site says.")] = "",
    at: Annotated[str, typer.Option(help='Not before this time at the site: "2026-11-23 09:00".', metavar="TIME")] = "",
    confirm: Annotated[
        list[str] | None, typer.Option(help="Who is told what became of it; may be repeated.", metavar="ADDRESS")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Until it ended; status 0 if it was sent, 1 if not.")] = False,
    json: Json = False,
) -> None:
    """Let the running server send a document as a fax."""
    with at_once():
        from server.commands import fax_send as command

    wish = command.Wish(document, to, box, name, subject, cover, note, resolution, at, tuple(confirm or ()))
    raise typer.Exit(command.send(data, wish, wait=wait, json=json))


@fax.command(name="resend")
def fax_resend(fax_id: FaxId, data: Data, json: Json = False) -> None:
    """Let the running server deliver a received fax again, or send a sent one again as a new fax."""
    with at_once():
        from server.commands import fax as command

    raise typer.Exit(command.resend(data, fax_id, json=json))


@fax.command(name="cancel")
def fax_cancel(fax_id: FaxId, data: Data, json: Json = False) -> None:
    """Let the running server send a fax no more."""
    with at_once():
        from server.commands import fax as command

    raise typer.Exit(command.cancel(data, fax_id, json=json))


@app.command()
def doctor(
    site: Annotated[Path | None, typer.Option("--site", help="Folder of the site's YAML.", metavar="DIR")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the data.", metavar="DIR")] = None,
    json: Json = False,
) -> None:
    """Say what is wrong on this machine, and the mend."""
    with at_once():
        from server.commands import doctor as command

    raise typer.Exit(command.run(site, data, json=json))


@app.command()
def bench(
    name: Annotated[str | None, typer.Argument(help="Which one; left out: list them.", metavar="NAME")] = None,
    json: Json = False,
) -> None:
    """Measure, as a ratio against a limit in the same run."""
    with at_once():
        from server.commands import bench as command

    raise typer.Exit(command.run(name, json=json))


def main() -> None:
    """Run the command line; an error that was foreseen, and Ctrl-C, is one sentence and not a traceback."""
    try:
        with at_once():
            from server.terminal import Foreseen, complain, log_to

        log_to(level="warning")  # stdout is for results; a server says more, later
        try:
            app(prog_name="switchroom")
        except Foreseen as error:
            complain(str(error))
            sys.exit(2)
    except KeyboardInterrupt:
        say_interrupted()
        sys.exit(INTERRUPTED)
    except SystemExit as end:
        if end.code == INTERRUPTED:  # how typer tells of Ctrl-C
            say_interrupted()
        raise
