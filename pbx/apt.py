"""Owns running apt and dpkg in a small world of our own, and understanding what they say when they fail.

Must not know what is brought in, nor where it goes.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from pbx import errors
from pbx.apt_sources import choose_mirror

ETC_APT = Path("/etc/apt")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

_SPOKEN_LINES = 20_000  # apt lists two lines a package


class AptWorld:
    """An apt of our own: its lists, archives and status live in one folder, the machine's are not read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archives = folder / "archives"
        self._configuration = folder / "apt.conf"

    @classmethod
    def build(cls, folder: Path, suite: str) -> "AptWorld":
        """Make or find the world in a folder; blocks. Raises NotDebian or NoKeyring."""
        if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
            raise errors.NotDebian("apt-get or dpkg is missing")
        mirror = choose_mirror(_machine_sources())
        if mirror is None:
            raise errors.NotDebian("apt's sources name no Debian mirror")
        if not KEYRING.exists():
            raise errors.NoKeyring(str(KEYRING))
        world = cls(folder)
        (world.archives / "partial").mkdir(parents=True, exist_ok=True)
        (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (folder / "status").write_text("")
        (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n")
        world._configuration.write_text(
            f"""\
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
Dir::State "{folder}";
Dir::State::Lists "{folder}/lists";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}";
Dir::Cache::archives "{world.archives}";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Log "{folder}";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
// Without this apt says nothing and ends with 0 when a list could not be fetched.
APT::Update::Error-Mode "any";
// The folder may be closed to everybody else, so apt's own user could not write there.
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
// The machine's hooks belong to the machine's packages, not to ours.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
"""
        )
        return world

    def archive(self, name: str, version: str) -> Path | None:
        """Return the file of a downloaded package; apt writes the colon of an epoch as %3a."""
        return next(iter(self.archives.glob(f"{name}_{version.replace(':', '%3a')}_*.deb")), None)

    async def run(self, *words: str, on_line: Callable[[str], None] | None = None) -> str:
        """Run apt-get and return its last lines; `on_line` sees every line. Raises a BringInError."""
        code, said = await _run(["apt-get", "-y", "-c", str(self._configuration), *words], on_line)
        if code != 0:
            raise _explain(said) or errors.BringInError(_last_line(said))
        return said


async def unpack_archive(archive: Path, into: Path) -> None:
    """Unpack one package file without running anything of it; raises DiskFull or UnpackFailed."""
    code, said = await _run(["dpkg", "-x", str(archive), str(into)])
    if code != 0:
        raise _explain(said) or errors.UnpackFailed(_last_line(said))


async def _run(words: Sequence[str], on_line: Callable[[str], None] | None = None) -> tuple[int, str]:
    """Run a program to its end and return its code and its last lines; it ends when we are cancelled."""
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            if on_line is not None:
                on_line(line)
            lines.append(line)
            if len(lines) > 2 * _SPOKEN_LINES:
                del lines[:-_SPOKEN_LINES]
        return await process.wait(), "\n".join(lines)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


_EXPLANATIONS: tuple[tuple[str, type[errors.BringInError]], ...] = (
    (r"No space left on device|enough free space", errors.DiskFull),
    (
        r"NO_PUBKEY|BADSIG|EXPKEYSIG|REVKEYSIG|is not signed|signatures? (?:were|was|couldn't)"
        r"|Hash Sum mismatch|not valid yet|Release file .* expired|no longer signed",
        errors.BadSignature,
    ),
    (r"Unable to locate package|has no installation candidate|unmet dependencies", errors.PackageMissing),
    (
        r"resolv|Could not connect|Unable to connect|Network is unreachable|timed out"
        r"|Connection (?:refused|failed|reset)|Failed to fetch|does not have a Release file|Some index files failed",
        errors.NoNetwork,
    ),
)


def _explain(said: str) -> errors.BringInError | None:
    """Return the error that apt's or dpkg's words mean; the order decides, a full disk hides all else."""
    for pattern, error in _EXPLANATIONS:
        for line in said.splitlines():
            if line.startswith(("E:", "W:", "Err:", "dpkg")) and re.search(pattern, line):
                return error(line[:300])
    return None


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    wrong = [line for line in lines if line.startswith(("E:", "dpkg"))]
    return (wrong or lines or ["no message"])[-1][:300]


def _machine_sources() -> dict[str, str]:
    files = [ETC_APT / "sources.list", *sorted((ETC_APT / "sources.list.d").glob("*"))]
    return {str(file): file.read_text(errors="replace") for file in files if file.is_file()}
