"""What the doctor says of a healthy Asterisk, and of every illness it knows."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbx import doctor
from pbx.installation import Installation
from pbx.modules import REQUIRED, WANTED
from pbx.plan import free_ports
from pbx.supervisor import Asterisk
from tests.pbx.pbx_fakes import make_plan, running

OLD = Installation("22.9.0", (22, 9, 0), ("/usr/sbin/asterisk",), Path("/m"), Path("/d"), Path("/d/moh"), "found")


def module_lines(*, without: str = "", not_running: str = "") -> str:
    lines = [
        "Module                         Description                              Use Count  Status      Support Level"
    ]
    for name in (*REQUIRED, *WANTED):
        status = "Not Running" if name == not_running else "Running"
        if name != without:
            lines.append(
                f"{name + '.so':30} Some words about it                      0          {status}              core"
            )
    return "\n".join(lines)


FAX = """
Type            : Spandsp
Description     : Spandsp FAX Driver
Capabilities    : {}

1 registered modules
"""


@pytest.mark.parametrize(
    ("check", "ok"),
    [
        pytest.param(doctor.check_version(OLD), None, id="old version"),
        pytest.param(doctor.check_version(replace(OLD, number=(22, 10, 1))), True, id="good version"),
        pytest.param(doctor.check_modules(module_lines()), True, id="all modules"),
        pytest.param(doctor.check_modules(module_lines(without="app_chanspy")), None, id="a module less"),
        pytest.param(doctor.check_modules(module_lines(not_running="chan_pjsip")), False, id="needed module declined"),
        pytest.param(doctor.check_modules(""), False, id="no modules"),
        pytest.param(doctor.check_fax(FAX.format("SEND RECEIVE T.38 G.711 GATEWAY")), True, id="fax"),
        pytest.param(doctor.check_fax(FAX.format("SEND RECEIVE G.711")), False, id="fax without T.38"),
        pytest.param(doctor.check_fax("0 registered modules"), False, id="no fax"),
        pytest.param(doctor.check_dialplan(""), False, id="no dialplan"),
        pytest.param(doctor.check_clock(datetime(2026, 11, 22, tzinfo=UTC)), True, id="good clock"),
        pytest.param(
            doctor.check_clock(datetime(1970, 1, 1, tzinfo=UTC)), False, id="clock of a board without battery"
        ),
        pytest.param(doctor.check_disk(50 * 10**9), True, id="room"),
        pytest.param(doctor.check_disk(10**6), False, id="full disk"),
    ],
)
def test_a_finding_is_judged_and_has_a_mend(check: doctor.Check, ok: bool | None) -> None:
    assert check.ok is ok
    assert check.found
    assert bool(check.mend) is (ok is not True)


@pytest.mark.asterisk
async def test_a_running_asterisk_is_healthy(installation: Installation, folder: Path) -> None:
    async with running(installation, folder) as asterisk:
        checks = {check.name: check for check in await doctor.examine(asterisk)}
        del checks["disk"]  # says something of this machine, not of us
        assert {name: check for name, check in checks.items() if check.ok is not True} == {}
        assert set(checks) >= {"version", "modules", "fax", "dialplan", "AMI events", "AMI originate", "SIP port"}

        changed = replace(asterisk.plan, ami_secret="not-the-one-it-has")
        stranger = Asterisk(installation, changed, folder)
        stranger._process = asterisk._process  # the same Asterisk, asked with a wrong secret
        wrong = {check.name: check for check in await doctor.examine(stranger)}
        assert wrong["AMI events"].ok is False
        assert "refused" in wrong["AMI events"].found


async def test_an_asterisk_that_does_not_run_is_said_to_be_so(tmp_path: Path) -> None:
    checks = {
        check.name: check for check in await doctor.examine(Asterisk(OLD, make_plan(ports=free_ports()), tmp_path))
    }
    assert checks["running"].ok is None
    assert checks["SIP port"].found.endswith("is free")
    assert checks["sounds"].ok is False
