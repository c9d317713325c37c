"""Which Asterisk there is, and whether it is safe."""

from pathlib import Path

import pytest

from pbx.errors import NoAsterisk
from pbx.installation import Installation, default_cache, find_installed, parse_version, version_warning


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("Asterisk 22.10.1", (22, 10, 1)),
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1\n", (22, 10, 1)),
        ("Asterisk 20.20.1", (20, 20, 1)),
        ("Asterisk certified/20.7-cert5", (20, 7)),
        ("Asterisk certified-20.7-cert5", (20, 7)),
        ("Asterisk 16.28.0~dfsg-0+deb11u4", (16, 28, 0)),
        ("Asterisk 23.0.0-rc1", (23, 0, 0)),
    ],
)
def test_versions_are_understood(said: str, number: tuple[int, ...]) -> None:
    assert parse_version(said)[1] == number


@pytest.mark.parametrize(
    "said", ["", "Asterisk", "Asterisk GIT-master-abc", "bash: asterisk: not found", "FreeSWITCH 1.10"]
)
def test_what_is_no_version_is_refused(said: str) -> None:
    with pytest.raises(NoAsterisk):
        parse_version(said)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ((20, 20, 1), None),
        ((20, 20, 0), "20.20.1"),
        ((20, 7), "20.20.1"),
        ((22, 10, 1), None),
        ((22, 11, 0), None),
        ((22, 10, 0), "22.10.1"),
        ((23, 4, 1), None),
        ((23, 4, 0), "23.4.1"),
        ((24, 0, 0), None),
        ((18, 26, 4), "no security fixes any more"),
        ((21, 12, 0), "no security fixes any more"),
        ((16, 28, 0), "no security fixes any more"),
    ],
)
def test_old_versions_are_usable_with_a_warning(number: tuple[int, ...], said: str | None) -> None:
    warning = version_warning(number)
    assert (
        (warning is None) if said is None else (warning is not None and said in warning and "security fixes" in warning)
    )


@pytest.mark.parametrize(
    ("environment", "cache"),
    [
        ({"SWITCHROOM_CACHE": "/c", "XDG_CACHE_HOME": "/x"}, Path("/c")),
        ({"XDG_CACHE_HOME": "/x"}, Path("/x/switchroom")),
        ({"XDG_CACHE_HOME": ""}, Path.home() / ".cache/switchroom"),
        ({}, Path.home() / ".cache/switchroom"),
    ],
)
def test_the_cache_is_where_the_user_wants_it(environment: dict[str, str], cache: Path) -> None:
    assert default_cache(environment) == cache


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param(None, "No such file", id="not there"),
        pytest.param("#!/bin/sh\necho I am a teapot\n", "teapot", id="something else"),
        pytest.param("#!/bin/sh\nexit 1\n", "no version", id="fails"),
    ],
)
async def test_a_named_program_that_is_no_asterisk_is_refused(tmp_path: Path, script: str | None, reason: str) -> None:
    program = tmp_path / "asterisk"
    if script is not None:
        program.write_text(script)
        program.chmod(0o755)
    with pytest.raises(NoAsterisk, match=reason):
        await find_installed(program)


async def test_without_asterisk_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path: None)
    assert await find_installed() is None


@pytest.mark.asterisk
def test_the_asterisk_brought_in_is_complete(installation: Installation) -> None:
    assert installation.origin == "brought in"
    assert installation.number >= (22, 10, 1)
    assert installation.warning is None
    assert (installation.sounds / "en" / "beep.gsm").is_file()
    assert any(installation.music.iterdir())
    assert (installation.modules / "res_fax_spandsp.so").is_file()
