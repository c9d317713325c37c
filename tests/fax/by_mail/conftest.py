"""One real mail server for all tests of this folder; each test finds its mailbox empty."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.faxes import FaxByMail
from tests.fax.by_mail.imap_house import PASSWORD, USER, ImapServer
from tests.fax.by_mail.post import House, by_mail
from tests.smtp_house import Certificate, free_port, make_certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def running(certificate: Certificate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImapServer]:
    server = ImapServer(certificate, asyncio.run(free_port()), tmp_path_factory.mktemp("imap") / "log")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running: ImapServer) -> ImapServer:
    running.empty()
    return running


@pytest.fixture
def settings(server: ImapServer, certificate: Certificate) -> FaxByMail:
    return by_mail(server.port, user=USER, password=PASSWORD, security="starttls", ca_file=str(certificate.file))


@pytest.fixture
def house(settings: FaxByMail, tmp_path: Path) -> House:
    return House(settings, tmp_path / "drafts")
