"""The life of a real Asterisk: start, stop, sudden ends, failed starts, and finding one that runs already."""

import asyncio
import json
import os
import signal
import socket
import sys
import textwrap
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from pbx.errors import CommandFailed, PortInUse, StartFailed
from pbx.installation import Installation
from pbx.plan import Phone, free_ports
from pbx.process import Process
from pbx.supervisor import Asterisk
from pbx.traces import ports_of_running
from tests.pbx.pbx_fakes import DEADLINE, make_plan, running

pytestmark = pytest.mark.asterisk


def fresh(installation: Installation, folder: Path) -> Asterisk:
    return Asterisk(installation, make_plan(ports=free_ports()), folder, dies_with_us=True)


async def test_start_and_graceful_stop(installation: Installation, folder: Path) -> None:
    asterisk = fresh(installation, folder)
    await asterisk.start(60.0)
    assert "fully booted" in await asterisk.cli("core waitfullybooted")
    assert ports_of_running(folder) == asterisk.plan.ports
    report = await asterisk.stop(graceful=60.0)
    assert (report.code, report.signal, report.expected, report.last_words) == (0, None, True, ())
    assert (asterisk.is_running, asterisk.pid, ports_of_running(folder)) == (False, None, None)


async def test_a_clean_start_has_nothing_to_complain_of(installation: Installation, folder: Path) -> None:
    async with running(installation, folder) as asterisk:
        log = asterisk.places.log.read_text()
        assert not [line for line in log.splitlines() if " ERROR[" in line or " WARNING[" in line]


async def test_it_can_be_started_again(installation: Installation, folder: Path) -> None:
    asterisk = fresh(installation, folder)
    await asterisk.start(60.0)
    first = asterisk.pid
    await asterisk.stop(graceful=0.0)
    await asterisk.start(60.0)
    assert asterisk.pid not in (None, first)
    await asterisk.stop(graceful=0.0)


async def test_stop_does_not_wait_for_ever_for_a_call(installation: Installation, folder: Path) -> None:
    async with running(installation, folder, agi_port=9) as asterisk:
        await asterisk.cli("dialplan add extension s,1,Answer, into long")
        await asterisk.cli("dialplan add extension s,2,Wait,600 into long")
        await asterisk.cli("channel originate Local/s@long application Wait 600")
        report = await asterisk.stop(graceful=0.3)
        assert report.expected


async def test_a_sudden_end_is_reported(installation: Installation, folder: Path) -> None:
    async with running(installation, folder) as asterisk:
        waiting = asyncio.create_task(asterisk.wait())
        assert asterisk.pid is not None
        os.kill(asterisk.pid, signal.SIGKILL)
        report = await asyncio.wait_for(waiting, DEADLINE)
        assert (report.signal, report.expected) == (signal.SIGKILL, False)
        with pytest.raises(CommandFailed):
            await asterisk.cli("core show version")
        # The socket and the process id that it left behind hinder nobody.
        await asterisk.start(60.0)


async def test_a_changed_plan_is_read_while_calls_go_on(installation: Installation, folder: Path) -> None:
    async with running(installation, folder) as asterisk:
        zoe = Phone("zoe", "103", "secret-of-zoe", "Zoe")
        await asterisk.reconfigure(replace(asterisk.plan, phones=(*asterisk.plan.phones, zoe)))
        assert "zoe/103" in await asterisk.cli("pjsip show endpoints")
        assert "SWITCHROOM_PHONE_103=zoe" in await asterisk.cli("dialplan show globals")
        await asterisk.reconfigure(replace(asterisk.plan, phones=()))
        assert "zoe" not in await asterisk.cli("pjsip show endpoints")
        with pytest.raises(ValueError, match="ports"):
            await asterisk.reconfigure(replace(asterisk.plan, ports=free_ports()))


async def test_reload_of_an_unknown_module_fails(installation: Installation, folder: Path) -> None:
    async with running(installation, folder) as asterisk:
        with pytest.raises(CommandFailed, match="No such module"):
            await asterisk.reload("res_nothing.so")
        with pytest.raises(ValueError, match="no name of a module"):
            await asterisk.reload("manager; core stop now")
        with pytest.raises(ValueError, match="one line"):
            await asterisk.cli("core show version\ncore stop now")


async def test_commands_to_nobody_fail(installation: Installation, folder: Path) -> None:
    asterisk = fresh(installation, folder)
    with pytest.raises(CommandFailed):
        await asterisk.cli("core show version")
    with pytest.raises(RuntimeError):
        await asterisk.stop()
    with pytest.raises(RuntimeError):
        await asterisk.wait()


@pytest.mark.parametrize("which", ["sip", "ami"])
async def test_a_taken_port_is_named(installation: Installation, folder: Path, which: str) -> None:
    asterisk = fresh(installation, folder)
    port = getattr(asterisk.plan.ports, which)
    kind = socket.SOCK_DGRAM if which == "sip" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        with pytest.raises(PortInUse, match=str(port)):
            await asterisk.start(60.0)
    assert not asterisk.is_running


async def test_a_missing_module_is_named(installation: Installation, folder: Path) -> None:
    modules = folder / "modules"
    modules.mkdir()
    for module in installation.modules.glob("*.so"):
        if module.name != "chan_pjsip.so":
            (modules / module.name).symlink_to(module)
    asterisk = fresh(replace(installation, modules=modules), folder / "pbx")
    with pytest.raises(StartFailed, match="chan_pjsip"):
        await asterisk.start(60.0)
    assert not asterisk.is_running


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param("#!/bin/sh\necho 'ERROR: the moon is full' >&2\nexit 3\n", "moon is full", id="ends"),
        pytest.param("#!/bin/sh\nexec sleep 600\n", "not fully booted within 0.3 s", id="hangs"),
        pytest.param(None, "No such file", id="is not there"),
    ],
)
async def test_a_program_that_does_not_start_says_why(
    installation: Installation, folder: Path, script: str | None, reason: str
) -> None:
    program = folder / "asterisk"
    if script is not None:
        program.write_text(script)
        program.chmod(0o700)
    broken = replace(installation, command=(str(program),))
    asterisk = Asterisk(broken, make_plan(ports=free_ports()), folder / "pbx")
    with pytest.raises(StartFailed, match=reason):
        await asterisk.start(0.3 if "sleep" in (script or "") else 30.0)
    assert not asterisk.is_running


async def test_two_starters_do_not_start_two(installation: Installation, folder: Path) -> None:
    first, second = fresh(installation, folder), fresh(installation, folder)
    results = await asyncio.gather(first.start(60.0), second.start(30.0), return_exceptions=True)
    assert [type(result) for result in results if result is not None] == [StartFailed]
    await (first if first.is_running else second).stop(graceful=0.0)


# A process that starts an Asterisk, says its process id, and waits to be killed.
STARTER = textwrap.dedent("""
    import asyncio, json, sys
    from pathlib import Path
    from pbx.installation import Installation
    from pbx.plan import PbxPlan, Phone, Ports
    from pbx.supervisor import Asterisk

    async def main(given):
        paths = {name: Path(given["installation"][name]) for name in ("modules", "data", "music")}
        installation = Installation(**{**given["installation"], **paths})
        ports = Ports(**given["plan"]["ports"])
        phones = tuple(Phone(**phone) for phone in given["plan"]["phones"])
        plan = PbxPlan(**{**given["plan"], "ports": ports, "phones": phones})
        asterisk = Asterisk(installation, plan, Path(given["folder"]), dies_with_us=given["dies_with_us"])
        await asterisk.start(60.0)
        print(asterisk.pid, flush=True)
        await asterisk.wait()

    asyncio.run(main(json.loads(sys.argv[1])))
""")


async def started_by_another(asterisk: Asterisk, *, dies_with_us: bool) -> tuple[asyncio.subprocess.Process, int]:
    given = {
        "installation": asdict(asterisk.installation),
        "plan": asdict(asterisk.plan),
        "folder": asterisk.places.folder,
        "dies_with_us": dies_with_us,
    }
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STARTER, json.dumps(given, default=str),
        stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert parent.stdout is not None
    return parent, int(await asyncio.wait_for(parent.stdout.readline(), DEADLINE))


async def test_it_survives_our_death_and_is_adopted(installation: Installation, folder: Path) -> None:
    old = make_plan(ports=free_ports())
    parent, pid = await started_by_another(Asterisk(installation, old, folder), dies_with_us=False)
    parent.kill()
    await parent.wait()

    # The new one knows nothing of the old one's ports and has an AGI server of its own.
    heir = Asterisk(installation, make_plan(ports=free_ports(), agi_port=4999), folder)
    await heir.start(60.0)
    try:
        assert (heir.adopted, heir.pid, heir.plan.ports) == (True, pid, old.ports)
        assert "SWITCHROOM_AGI=127.0.0.1:4999" in await heir.cli("dialplan show globals")
        assert ports_of_running(folder) == old.ports
    finally:
        report = await heir.stop(graceful=5.0)
    assert (report.expected, heir.is_running, ports_of_running(folder)) == (True, False, None)


async def test_it_goes_on_when_we_let_go(installation: Installation, folder: Path) -> None:
    first = fresh(installation, folder)
    await first.start(60.0)
    pid = first.pid
    first.let_go()
    second = fresh(installation, folder)
    await second.start(60.0)
    assert (second.adopted, second.pid) == (True, pid)
    await second.stop(graceful=0.0)


async def test_it_dies_with_us_when_asked_to(installation: Installation, folder: Path) -> None:
    plan = make_plan(ports=free_ports())
    parent, pid = await started_by_another(Asterisk(installation, plan, folder), dies_with_us=True)
    watched = Process(pid, is_child=False)
    parent.kill()
    await parent.wait()
    assert await watched.wait_at_most(DEADLINE) is not None


async def test_a_silent_asterisk_in_the_folder_is_neither_doubled_nor_killed(
    installation: Installation, folder: Path
) -> None:
    async with running(installation, folder) as asterisk:
        asterisk.places.control_socket.unlink()
        second = fresh(installation, folder)
        with pytest.raises(StartFailed, match=f"Asterisk {asterisk.pid} runs in this folder already"):
            await second.start(60.0)
        assert asterisk.is_running


async def test_a_process_id_that_belongs_to_somebody_else_is_left_alone(
    installation: Installation, folder: Path
) -> None:
    asterisk = fresh(installation, folder)
    asterisk.places.run.mkdir(parents=True)
    asterisk.places.pid_file.write_text(str(os.getpid()))
    await asterisk.start(60.0)
    assert not asterisk.adopted
    await asterisk.stop(graceful=0.0)


async def test_a_deep_folder_works_too(installation: Installation, folder: Path) -> None:
    deep = folder / ("d" * 120)
    async with running(installation, deep) as asterisk:
        assert "fully booted" in await asterisk.cli("core waitfullybooted")
        run = asterisk.places.run
    for left in run.iterdir():
        left.unlink()
    run.rmdir()
