"""Owns writing Asterisk's configuration folder from a plan; decides nothing about calls."""

import hashlib
import os
import resource
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2

from pbx.errors import BadPlan
from pbx.installation import Installation
from pbx.modules import REQUIRED, WANTED
from pbx.plan import PbxPlan

TEMPLATES = Path(__file__).with_name("templates")

_LONGEST_SOCKET_PATH = 107
"""Bytes that Linux allows for the address of a Unix socket."""

_MOST_FILES = 16_384
"""Open files of Asterisk at most: 1,600 calls."""

_SOURCES: Mapping[str, str] = {
    "asterisk.conf": "asterisk.conf",
    "modules.conf": "modules.conf",
    "pjsip.conf": "pjsip.conf",
    "manager.conf": "manager.conf",
    "switchroom-manager.conf": "switchroom-manager.conf",
    "rtp.conf": "rtp.conf",
    "udptl.conf": "udptl.conf",
    "res_fax.conf": "res_fax.conf",
    "logger.conf": "logger.conf",
    "musiconhold.conf": "musiconhold.conf",
    "features.conf": "features.conf",
    "indications.conf": "indications.conf",
    "res_parking.conf": "res_parking.conf",
    "confbridge.conf": "confbridge.conf",
    "extensions.conf": "extensions.conf",
    "switchroom-globals.conf": "switchroom-globals.conf",
    "cdr.conf": "off.conf",
    "cel.conf": "cel.conf",
    "cel_custom.conf": "cel_custom.conf",
    "acl.conf": "empty.conf",
    "ccss.conf": "empty.conf",
    "codecs.conf": "empty.conf",
    "dnsmgr.conf": "empty.conf",
    "minivm.conf": "empty.conf",
    "dsp.conf": "empty.conf",
    "http.conf": "empty.conf",
    "pjproject.conf": "empty.conf",
    "pjsip_notify.conf": "empty.conf",
    "stasis.conf": "empty.conf",
    "sorcery.conf": "empty.conf",
    "cli.conf": "empty.conf",
    "cli_permissions.conf": "empty.conf",
    "extconfig.conf": "empty.conf",
    "hep.conf": "empty.conf",
}

_TEMPLATES = jinja2.Environment(  # noqa: S701 - these are not HTML; every value was checked by the plan
    loader=jinja2.FileSystemLoader(TEMPLATES),
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
)

# Fixed text: it does not even pass through the template engine.
_DIALPLAN = {"switchroom.conf": (TEMPLATES / "switchroom.conf").read_text()}


@dataclass(frozen=True)
class Layout:
    """Where one Asterisk keeps its things, all of it under the folder that was given."""

    folder: Path
    run: Path
    """Mostly inside `folder`; elsewhere when the control socket's path would become too long for Linux."""

    @property
    def configuration(self) -> Path:
        return self.folder / "asterisk.conf"

    @property
    def control_socket(self) -> Path:
        return self.run / "asterisk.ctl"

    @property
    def pid_file(self) -> Path:
        return self.run / "asterisk.pid"

    @property
    def log(self) -> Path:
        return self.folder / "log" / "asterisk.log"

    @property
    def console(self) -> Path:
        """What Asterisk says before it has its log."""
        return self.folder / "log" / "console.log"

    @property
    def channel_events(self) -> Path:
        """Where Asterisk writes what happened to channels, whether or not anybody listens; see cel_custom.conf."""
        return self.folder / "log" / "cel-custom" / "calls.csv"

    @property
    def recordings(self) -> Path:
        return self.folder / "spool" / "monitor"


def layout(folder: Path) -> Layout:
    """Return where things are for a folder, the same at every call."""
    folder = folder.absolute()
    run = folder / "run"
    if len(os.fsencode(run / "asterisk.ctl")) > _LONGEST_SOCKET_PATH:
        name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        run = Path(tempfile.gettempdir()) / f"switchroom-{os.getuid()}-{name}"
    return Layout(folder, run)


def render(plan: PbxPlan, installation: Installation, folder: Path) -> dict[str, str]:
    """Return file name to text of the whole configuration; touches no disk but to read the templates."""
    places = layout(folder)
    for path in (places.folder, installation.modules, installation.data):
        if not str(path).isprintable() or set(";[]") & set(str(path)):
            raise BadPlan(f"Asterisk cannot be told of this path: {str(path)!r}")
    values = {
        **_ours(plan),
        "folder": places.folder,
        "run": places.run,
        "modules": installation.modules,
        "data": installation.data,
        "music": plan.music_folder or installation.music,
        "required": REQUIRED,
        "wanted": [name for name in WANTED if (installation.modules / f"{name}.so").exists()],
        "most_files": _most_files(),
        "ports": plan.ports,
        "bind": _bracketed(plan.bind_address),
        "trunk": _bracketed(plan.trunk_address),
        "trunk_match": plan.trunk_address,
        "trunk_port": plan.trunk_port,
    }
    return {name: _fill(source, values) for name, source in _SOURCES.items()} | _DIALPLAN


def render_for_foreign(plan: PbxPlan) -> dict[str, str]:
    """Return the files that an Asterisk which is not ours needs in its own configuration folder.

    Its extensions.conf includes `switchroom.conf`, its manager.conf `switchroom-manager.conf`.
    """
    values = _ours(plan)
    names = ("switchroom-globals.conf", "switchroom-manager.conf")
    return {name: _fill(name, values) for name in names} | _DIALPLAN


def _ours(plan: PbxPlan) -> dict[str, object]:
    return {
        "phones": plan.phones,
        "ami_secret": plan.ami_secret,
        "ami_originate_secret": plan.ami_originate_secret,
        "agi": f"{_bracketed(plan.agi_host)}:{plan.agi_port}",
        "agi_token": plan.agi_token,
        "attendant": plan.attendant_command or "",
        "attendants_at_once": plan.attendants_at_once,
        "emergency": "&".join(f"PJSIP/{name}" for name in plan.emergency_phones),
    }


def _fill(source: str, values: Mapping[str, object]) -> str:
    return _TEMPLATES.get_template(source).render(values)


def write(files: Mapping[str, str], folder: Path) -> Layout:
    """Write the configuration, each file whole or not at all, and make the folders Asterisk writes to.

    Blocks; call it in a thread. Everything is closed to other users of the machine.
    """
    places = layout(folder)
    for closed in (places.folder, places.run):
        closed.mkdir(mode=0o700, parents=True, exist_ok=True)
        if closed.stat().st_uid != os.getuid():
            raise BadPlan(f"this folder belongs to somebody else: {closed}")
        closed.chmod(0o700)
    for part in ("varlib", "agi", "cache", "log/cel-custom", "spool/monitor", "spool/outgoing", "spool/tmp"):
        (places.folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in files.items():
        write_whole(places.folder / name, text)
    return places


def write_whole(path: Path, text: str) -> None:
    """Write a file that only we may read: beside it, synced, then renamed over the old one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _most_files() -> int:
    """Return what may be asked for: beyond the machine's hard limit Asterisk would get nothing at all."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
