"""Owns deliveries into folders: asks the feature for the file, copies it there, says what came of it.

The folder is the admin's: it is never made here, for a share that is not mounted must not become a local folder.
"""

import asyncio
import contextlib
import errno
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from ledger.delivery_model import Accepted, Delivery, Given, Later, NothingToSend, Refused, Result
from ledger.errors import NoSuchFile
from ledger.spool import open_plain

#: How long one copy may take, the wait for the one before it included.
SECONDS = 120.0
MOST_BYTES = 256 * 1024 * 1024
_BLOCK = 1024 * 1024
#: Who may read the folder's files is the folder's matter; our umask takes away more.
_MODE = 0o660
#: Drafts of so many tries before this one are cleared away: a process that died left one each.
_EARLIER_TRIES = 10

_WHAT_TO_DO = {
    errno.ENOENT: "it is not there: make it, or mount its share",
    errno.ENOTDIR: "it is no folder: name a folder in the site",
    errno.EACCES: "we may not write into it: give this server's user the right to",
    errno.EPERM: "we may not write into it: give this server's user the right to",
    errno.EROFS: "its disk is read-only: mount it for writing",
    errno.ENOSPC: "its disk is full: make room",
    errno.EDQUOT: "our share of its disk is used up: make room",
    errno.EISDIR: "a folder of the file's name is in the way: move it away",
    errno.ESTALE: "its share has gone away: mount it anew",
}


class Giver(Protocol):
    """Finds the files of one kind."""

    async def give(self, delivery: Delivery) -> Given:
        """Say which file is meant and how it is called there, the same each time. Raises NothingToSend."""


class FolderCarrier:
    """Carries over the channel "folder"; the receiver is an absolute path."""

    def __init__(self, givers: Mapping[str, Giver], *, seconds: float = SECONDS, most_bytes: int = MOST_BYTES) -> None:
        self._givers = dict(givers)
        self._seconds = seconds
        self._most_bytes = most_bytes
        #: One copy a folder, so that a share that hangs takes one thread and no more.
        self._folders: dict[str, asyncio.Lock] = {}

    async def carry(self, delivery: Delivery) -> Result:
        """Try once: whole under its name and on disk, or not there. A second try replaces the file of the first."""
        giver = self._givers.get(delivery.kind)
        if giver is None:
            return Later(f"nobody here gives files about {delivery.kind}", admin=True)
        try:
            given = await giver.give(delivery)
        except NothingToSend as nothing:
            return Refused(str(nothing) or "there is nothing to send any more")
        if not Path(delivery.receiver).is_absolute() or "\0" in delivery.receiver:
            return Refused("this is no absolute path of a folder")
        try:
            async with asyncio.timeout(self._seconds):
                return await self._one_at_a_time(delivery, given)
        except TimeoutError:
            return Later(
                f"the folder {delivery.receiver} did not take the file within {self._seconds:g} s: is its share there?",
                admin=True,
            )

    async def _one_at_a_time(self, delivery: Delivery, given: Given) -> Result:
        free = self._folders.setdefault(delivery.receiver, asyncio.Lock())
        await free.acquire()
        try:
            copying = _in_a_thread(lambda: _copy(delivery, given, self._most_bytes))
        except RuntimeError as none:  # there are too many threads already
            free.release()
            return Later(f"the file could not be copied for now: {none}")
        copying.add_done_callback(lambda _: free.release())  # also when nobody waits for it any more
        return await asyncio.shield(copying)


def _in_a_thread(work: Callable[[], Result]) -> asyncio.Future[Result]:
    """Work in a thread of its own, at once.

    Threads of the pool serve everybody and are waited for at the end; one of these may hang with its share.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        elif result is not None:
            done.set_result(result)

    def run() -> None:
        result: Result | None = None
        error: BaseException | None = None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001 - handed to whoever waits
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="folder", daemon=True).start()
    return done


def _copy(delivery: Delivery, given: Given, most_bytes: int) -> Result:
    try:
        source = open_plain(given.path)
    except (OSError, NoSuchFile) as error:
        return Later(f"our own copy cannot be read: {_strerror(error)}", admin=True)
    with source:
        if os.fstat(source.fileno()).st_size > most_bytes:
            return Refused(f"the file is larger than {most_bytes >> 20} MB")
        try:
            folder = os.open(delivery.receiver, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                _put(source, folder, given.name, delivery)
            finally:
                os.close(folder)
        except OSError as error:
            what = _WHAT_TO_DO.get(error.errno or 0, _strerror(error))
            return Later(f"the folder {delivery.receiver}: {what}", admin=True)
    return Accepted(f"saved as {given.name}")


def _put(source: BinaryIO, folder: int, name: str, delivery: Delivery) -> None:
    """Write a draft and give it its name. All names are looked up in the folder itself; no link is followed."""
    drafts = f".{name}.{delivery.id[:8]}"
    for earlier in range(max(0, delivery.attempts - _EARLIER_TRIES), delivery.attempts + 1):
        _unlink(f"{drafts}.{earlier}.new", folder)
    draft = f"{drafts}.{delivery.attempts}.new"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(draft, flags, _MODE, dir_fd=folder), "wb") as file:
            while block := source.read(_BLOCK):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):  # what went wrong first is what is told
            _unlink(draft, folder)
        raise
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network shares cannot sync a folder
            raise


def _unlink(name: str, folder: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _strerror(error: Exception) -> str:
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else "it is not there"
