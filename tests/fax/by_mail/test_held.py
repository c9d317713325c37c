"""Mails that failed wait, each for itself, and longer with every failure."""

from __future__ import annotations

from fax.by_mail.held import MOST, Held


def test_a_mail_waits_longer_each_time() -> None:
    held, now, waits = Held(), 0.0, []
    held.due(7, [5], now)
    for _ in range(6):
        held.failed(5, now)
        began = now
        while not held.due(7, [5], now):
            now += 30
        waits.append(now - began)
    assert waits == [60, 120, 240, 480, 600, 600]
    assert held.tries(5) == 6


def test_others_do_not_wait() -> None:
    held = Held()
    held.due(7, [4, 5], 0)
    held.failed(5, 0)
    assert held.due(7, [4, 5, 6], 1) == [4, 6]


def test_what_is_gone_is_forgotten() -> None:
    held = Held()
    held.due(7, [5], 0)
    held.failed(5, 0)
    held.due(7, [], 1)
    assert len(held) == 0


def test_a_new_uidvalidity_forgets_all() -> None:
    held = Held()
    held.due(7, [5], 0)
    held.failed(5, 0)
    assert held.due(8, [5], 1) == [5]


def test_it_does_not_grow_without_end() -> None:
    held = Held()
    for uid in range(MOST + 10):
        held.failed(uid, 0)
    assert len(held) == MOST
