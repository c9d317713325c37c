"""The feed: what is remembered, what is dropped, and how it ends."""

from __future__ import annotations

import asyncio

import pytest

from server.web.feed import Feed, FeedClosed, FeedFull, Listener


async def events(listener: Listener) -> list[str]:
    """Return what waits for this listener."""
    found = []
    while (message := await listener.next(0)) is not None:
        found.append(f"{message.event}{message.data}" if message.event != "reload" else "reload")
    return found


def after(feed: Feed, steps: int) -> str:
    """Return the id of the message so many steps ago."""
    mark, _, number = feed.position.rpartition("-")
    return f"{mark}-{int(number) - steps}"


async def test_who_listens_hears_in_order() -> None:
    feed = Feed()
    with feed.listening(feed.position) as listener:
        for n in range(3):
            feed.publish("n", str(n))
        assert await events(listener) == ["n0", "n1", "n2"]
    assert len(feed) == 0


@pytest.mark.parametrize(
    ("steps", "expected"),
    [(0, []), (1, ["n9"]), (4, ["n6", "n7", "n8", "n9"]), (5, ["reload"]), (-1, ["reload"])],
    ids=["knows all", "missed one", "as much as is remembered", "more than that", "from the future"],
)
async def test_who_comes_back_hears_what_was_missed(steps: int, expected: list[str]) -> None:
    feed = Feed(remembered=4)
    for n in range(10):
        feed.publish("n", str(n))
    with feed.listening(after(feed, steps)) as listener:
        assert await events(listener) == expected


@pytest.mark.parametrize("place", [None, "", "-", "x-1", "deadbeef-0", "1", "x" * 5000, "-" * 100, "a-²", "a-9e9"])
async def test_a_strange_place_means_to_begin_anew(place: str | None) -> None:
    feed = Feed()
    with feed.listening(place) as listener:
        assert await events(listener) == ["reload"]


async def test_what_a_message_is_about_says_who_hears_it() -> None:
    feed = Feed()
    place = feed.position
    with feed.listening(place, hears=lambda about: about == "ours") as one, feed.listening(place) as every:
        for about in ("ours", "theirs", None):
            feed.publish("n", f"{about}", about=about)
        assert await events(one) == ["nours", "nNone"]
        assert await events(every) == ["nours", "ntheirs", "nNone"]
    with feed.listening(place, hears=lambda about: about == "theirs") as late:
        assert await events(late) == ["ntheirs", "nNone"], "what was missed is heard by the same rule"


async def test_another_process_is_another_feed() -> None:
    place = Feed().position
    with Feed().listening(place) as listener:
        assert await events(listener) == ["reload"]


async def test_what_happened_unheard_is_not_told_as_nothing() -> None:
    feed = Feed()
    place = feed.position
    feed.skip()
    feed.publish("n", "1")
    with feed.listening(place) as listener:
        assert await events(listener) == ["reload"]


async def test_a_slow_listener_loses_its_buffer_and_begins_anew() -> None:
    feed = Feed(buffer=3)
    with feed.listening(feed.position) as slow, feed.listening(feed.position) as quick:
        for n in range(3):
            feed.publish("n", str(n))
        assert await events(quick) == ["n0", "n1", "n2"]
        feed.publish("n", "3")
        feed.publish("n", "4")
        assert await events(slow) == ["reload", "n4"]
        assert await events(quick) == ["n3", "n4"]
    assert feed.dropped == 1


async def test_no_more_listen_than_we_take_on() -> None:
    feed = Feed(listeners=1)
    with feed.listening(None), pytest.raises(FeedFull), feed.listening(None):
        pass
    with feed.listening(None):
        pass


async def test_closing_ends_a_listener_that_waits_after_what_it_has() -> None:
    feed = Feed()
    with feed.listening(feed.position) as listener:
        waiting = asyncio.create_task(listener.next(10))
        await asyncio.sleep(0)
        feed.close()
        with pytest.raises(FeedClosed):
            await waiting
    with pytest.raises(FeedClosed), feed.listening(None):
        pass
