"""A real PostgreSQL for tests: the machine's own, or one brought in; on a socket in a temporary folder, never TCP.

`server()` is made once for the whole run, whoever asks, and ends with it, however it ends.
"""

import asyncio
import atexit
import ctypes
import functools
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg

from ledger import migration

NOBODY = 65534
SUITE = "bookworm"
PACKAGES = ("postgresql-15",)
START_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_NOT_NEEDED = shutil.ignore_patterns("llvmjit*", "bitcode", "libLLVM*", "libz3*", "perl*", "locale", "gconv", "systemd")


class PostgresServer:
    """One running server. `durable` keeps fsync on, for measuring."""

    def __init__(self, *, durable: bool = False) -> None:
        # Short: a socket's path has room for 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="sw-pg-", dir="/tmp"))
        self._as_nobody = os.geteuid() == 0  # PostgreSQL refuses root
        self._process: subprocess.Popen[bytes] | None = None
        self._template: str | None = None
        self._durable = durable

    def start(self) -> None:
        programs = _installed() or self._brought_in()
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        if self._as_nobody:
            os.chown(self.folder, NOBODY, NOBODY)
            os.chown(data, NOBODY, NOBODY)
        make = [programs / "initdb", "-D", data, "-U", "switchroom", "-A", "trust", "-E", "UTF8", "--no-sync"]
        made = subprocess.run(
            [*make, "--locale=C.UTF-8"], **self._who(), capture_output=True, timeout=START_SECONDS, check=False
        )
        assert made.returncode == 0, made.stderr.decode()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "shared_buffers": "32MB",
            "max_connections": "100",
            **({} if self._durable else _FAST),
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [programs / "postgres", "-D", data, *options],
                **self._who(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,
            )
        self._wait_until_ready()

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)  # at once; nobody needs this data again
            self._process.wait(START_SECONDS)
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def pause(self) -> None:
        """Let every process of the server stand still, as on a machine that hangs."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal_all(signal.SIGCONT)

    def new_database(self, *, migrated: bool = True) -> str:
        """Make a database of its own, from a migrated template; return its address."""
        if migrated and self._template is None:
            template = self._create("template0")
            run_apart(migration.upgrade(migration.url_of(self._url(template))), START_SECONDS)
            self._template = template
        return self._url(self._create(self._template if migrated and self._template else "template0"))

    def drop_database(self, url: str) -> None:
        name = migration.url_of(url).database
        self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def kick_everybody_out(self, url: str) -> None:
        """Cut every connection to one database and let nobody in until `let_in`."""
        name = migration.url_of(url).database
        self._execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        self._execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    def let_in(self, url: str) -> None:
        name = migration.url_of(url).database
        self._execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    def _create(self, template: str) -> str:
        name = f"t{uuid.uuid4().hex}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def _url(self, name: str) -> str:
        return f"postgresql://switchroom@/{name}?host={self.folder}"

    def _execute(self, statement: str) -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(
                user="switchroom", database="postgres", host=str(self.folder), timeout=START_SECONDS
            )
            try:
                await connection.execute(statement, timeout=START_SECONDS)
            finally:
                await connection.close()

        run_apart(execute(), START_SECONDS)

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        give_up_at = time.monotonic() + START_SECONDS
        while True:
            try:
                self._execute("SELECT 1")
                return
            except (OSError, asyncpg.PostgresError):
                said = (self.folder / "log").read_text(errors="replace")
                assert self._process.poll() is None, said
                assert time.monotonic() < give_up_at, said
                time.sleep(0.05)  # a server has no event to wait for; pg_ctl polls as well

    def _signal_all(self, number: signal.Signals) -> None:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (self._process.pid, *map(int, children)):
            os.kill(pid, number)

    def _who(self) -> dict[str, object]:
        return {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"} if self._as_nobody else {}

    def _brought_in(self) -> Path:
        """Bring the server in and copy it where an ordinary user may read it, each program behind its own loader.

        The packages may be newer than this machine's C library, and initdb starts `postgres` by itself: so both
        names are small scripts, at the same depth, from which the server finds its other files.
        """
        from pbx import debian, installation

        root = installation.default_cache().absolute() / f"postgresql-{SUITE}"
        run_apart(debian.unpack(PACKAGES, suite=SUITE, into=root, progress=lambda _progress: None), debian.DEADLINE)
        here = self.folder / "server"
        for part in ("usr/lib", "lib", "lib64", "usr/lib64", "usr/share/postgresql"):
            if (root / part).is_dir():
                shutil.copytree(root / part, here / part, ignore=_NOT_NEEDED, symlinks=True, dirs_exist_ok=True)
        for folder in (self.folder, here):
            folder.chmod(0o755)
        programs = next(here.glob("usr/lib/postgresql/*/bin"))
        loader = next(
            path
            for place in ("lib64", "lib", "lib/*", "usr/lib64", "usr/lib/*")
            for path in here.glob(f"{place}/ld-linux*")
        )
        libraries = ":".join(str(path) for path in (*here.glob("usr/lib/*-linux-*"), *here.glob("lib/*-linux-*")))
        for name in ("postgres", "initdb"):
            real = (programs / name).rename(programs / f"{name}.real")
            script = programs / name
            script.write_text(f'#!/bin/sh\nexec {loader} --library-path {libraries} --argv0 {script} {real} "$@"\n')
            script.chmod(0o755)
        return programs


@functools.cache
def server() -> PostgresServer:
    """Return the one server of this run, started at the first call."""
    made = PostgresServer()
    atexit.register(made.stop)
    made.start()
    return made


def _installed() -> Path | None:
    """Find the folder of the newest server programs of this machine."""
    if os.environ.get("SWITCHROOM_TEST_POSTGRES") == "bring-in":
        return None
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = shutil.which("postgres")
    found = [*([Path(on_path).resolve().parent] if on_path else []), *versions]
    return next((path for path in reversed(found) if (path / "initdb").exists() and (path / "postgres").exists()), None)


def run_apart(work: Coroutine[None, None, None], timeout: float) -> None:
    """Run a coroutine in a loop and thread of its own: asyncio.run here would take away the test's loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result(timeout)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)
