"""Owns every error this package raises; the class docstring is the message and says what to do about it.

PbxError
├── BringInError
│   ├── NotDebian
│   ├── NoKeyring
│   ├── NoNetwork
│   ├── DiskFull
│   ├── BadSignature
│   ├── PackageMissing
│   ├── BringInTimeout
│   └── UnpackFailed
├── NoAsterisk
├── BadPlan
├── BadSecrets
├── NoFreePorts
├── StartFailed
│   └── PortInUse
├── StopFailed
└── CommandFailed
"""


class PbxError(Exception):
    """Something is wrong with Asterisk itself."""

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        said = " ".join((type(self).__doc__ or "").split())
        super().__init__(f"{said} ({detail})" if detail else said)


class BringInError(PbxError):
    """Debian packages could not be brought in; run the same command again, it goes on where it stopped."""


class NotDebian(BringInError):
    """This machine has no apt with a Debian mirror; install Asterisk 22 yourself and name its program."""


class NoKeyring(BringInError):
    """The keys that sign Debian's packages are missing; install the package debian-archive-keyring."""


class NoNetwork(BringInError):
    """The Debian mirror cannot be reached; check network and proxy, then run again: what came is kept."""


class DiskFull(BringInError):
    """The disk is too full to unpack the packages; make room or choose another cache folder."""


class BadSignature(BringInError):
    """The mirror's files do not match Debian's signature, so nothing was used; check clock and mirror."""


class PackageMissing(BringInError):
    """The mirror does not have a package that is needed; choose a complete Debian mirror in apt's sources."""


class BringInTimeout(BringInError):
    """Bringing the packages in took too long; run again, what came is kept."""


class UnpackFailed(BringInError):
    """A package could not be unpacked; run again, and if it fails again delete the cache folder."""


class NoAsterisk(PbxError):
    """No Asterisk that runs was found; name its program, or let Switchroom bring one in."""


class BadPlan(PbxError):
    """A value may not be written into Asterisk's configuration; correct it where it was given."""


class BadSecrets(PbxError):
    """The file of secrets cannot be used; restore it, or delete it to have new secrets made."""


class NoFreePorts(PbxError):
    """No free network ports were found; end what occupies them or name ports yourself."""


class StartFailed(PbxError):
    """Asterisk did not start; its own last words follow."""


class PortInUse(StartFailed):
    """Asterisk did not start because another program holds its port; end that program or name other ports."""


class StopFailed(PbxError):
    """Asterisk cannot be ended, not even by force; look at the machine's disk and kernel log."""


class CommandFailed(PbxError):
    """Asterisk's console did not answer; see whether it still runs."""
