"""The commands of the admin's work, from a draft to what callers hear: names, options and help only.

Each command's work is in `server.commands`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.launch import at_once

#: Its commands stand beside those of `server.cli`, under no name of their own.
app = typer.Typer()

Site = Annotated[Path, typer.Argument(help="Folder (or file) of the site's YAML.", metavar="SITE")]
SiteOption = Annotated[Path, typer.Option("--site", help="Folder of the site's YAML.", metavar="DIR")]
Data = Annotated[Path, typer.Option("--data", help="Folder for everything that must survive.", metavar="DIR")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Why = Annotated[str, typer.Option("--why", help="Why, for whoever asks later.", metavar="TEXT")]


@app.command()
def up(
    site: SiteOption,
    data: Data,
    drain: Annotated[float, typer.Option(help="Seconds that calls get to end after SIGTERM.", min=0)] = 30.0,
    publish: Annotated[bool, typer.Option("--publish", help="Publish the folder before, if it has changed.")] = False,
) -> None:
    """Run the server for real use until SIGTERM or Ctrl-C."""
    with at_once():
        from server.commands import up as command

    raise typer.Exit(command.run(site, data, drain, publish=publish))


@app.command()
def check(
    site: Annotated[
        Path | None, typer.Argument(help="Folder (or file) of the site's YAML.", metavar="SITE", show_default=False)
    ] = None,
    explain: Annotated[
        str | None, typer.Option(help="Say what a rule means, such as E301, with an example.", metavar="RULE")
    ] = None,
    errors_only: Annotated[
        bool, typer.Option("--errors-only", help="Show errors only, and how many warnings there are.")
    ] = False,
    json: Json = False,
) -> None:
    """Check a site: 0 without findings, 1 with findings, 2 if it cannot be used. Or explain a rule."""
    with at_once():
        from server.commands import check as command
        from server.terminal import Foreseen

    if (site is None) == (explain is None):
        raise Foreseen("name a site to be checked, or a rule: `check SITE`, or `check --explain E301`")
    status = command.explain(explain, json=json) if explain is not None else 0
    raise typer.Exit(status if site is None else command.run(site, json=json, errors_only=errors_only))


@app.command()
def publish(
    site: Site,
    data: Data,
    why: Why = "",
    although_tests_fail: Annotated[
        bool, typer.Option("--although-tests-fail", help="Publish all the same; needs --why.")
    ] = False,
    json: Json = False,
) -> None:
    """Let callers hear a site from now on: checked, tested, rendered, kept; calls in progress stay on theirs."""
    with at_once():
        from server.commands import publish as command

    raise typer.Exit(command.publish(site, data, why=why, although_tests_fail=although_tests_fail, json=json))


@app.command()
def versions(data: Data, json: Json = False) -> None:
    """List what was published, when, by whom and why."""
    with at_once():
        from server.commands import publish as command

    raise typer.Exit(command.versions(data, json=json))


@app.command()
def rollback(
    data: Data,
    version: Annotated[
        str | None, typer.Argument(help="A number or a version; left out: the one before.", metavar="VERSION")
    ] = None,
    why: Why = "",
    json: Json = False,
) -> None:
    """Publish an older version again."""
    with at_once():
        from server.commands import publish as command

    raise typer.Exit(command.rollback(data, version, why=why, json=json))


@app.command()
def diff(
    first: Annotated[str, typer.Argument(help="A folder, a version, a number, or `published`.", metavar="A")],
    second: Annotated[
        str | None, typer.Argument(help="What it became; left out: A is held against what is published.", metavar="B")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="The data folder, for what was published.", metavar="DIR")
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="The lines of the files instead of words.")] = False,
    json: Json = False,
) -> None:
    """Say in words what changed from A to B; end with 0 for nothing, 1 for something, 2 if one cannot be used."""
    with at_once():
        from server.commands import diff as command

    raise typer.Exit(command.run(first, second, data, text=text, json=json))


@app.command()
def backtest(
    draft: Annotated[Path, typer.Argument(help="Folder of the site's YAML.", metavar="DRAFT")],
    data: Data,
    days: Annotated[int, typer.Option("--days", help="The calls of so many days.", metavar="N")] = 7,
    against: Annotated[
        str, typer.Option("--against", help="A folder, version or number; left out: what is published.", metavar="B")
    ] = "",
    list_: Annotated[bool, typer.Option("--list", help="Every call that would have ended elsewhere.")] = False,
    json: Json = False,
) -> None:
    """Lead the real calls of the last days through a draft: how many would have ended elsewhere, by which branch."""
    with at_once():
        from server.commands import backtest as command

    raise typer.Exit(command.run(draft, data, days, against, listed=list_, json=json))


@app.command(name="test-menus")
def test_menus(
    site: Site,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only the test of this name; may be repeated.", metavar="NAME")
    ] = None,
    like: Annotated[str, typer.Option("-k", help="Only tests with this in their names.", metavar="TEXT")] = "",
    coverage: Annotated[bool, typer.Option("--coverage", help="Tell of each menu what is covered.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Draft the missing tests into tests-drafted.yaml, for review.")
    ] = False,
    show: Annotated[bool, typer.Option("--show", help="With --write: print the drafts, and write no file.")] = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Also write the result for a test server.", metavar="FILE")
    ] = None,
    json: Json = False,
) -> None:
    """Run the site's own tests: 0 if all pass, 1 if some fail, 2 if the site cannot be used."""
    with at_once():
        from server.commands import test_menus as command

    to = "" if not write else "-" if show else command.DRAFTED
    raise typer.Exit(command.run(site, only=only or [], like=like, coverage=coverage, write=to, junit=junit, json=json))


@app.command()
def schema(
    file: Annotated[
        Path | None, typer.Argument(help="Write it there; left out: print it.", metavar="FILE", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Print the JSON Schema of a site, for editors that complete and check by one."""
    with at_once():
        from server.commands import schema as command

    raise typer.Exit(command.run(file, json=json))
