"""A cache that cannot grow beyond its limit, whatever is put into it."""

from __future__ import annotations

from threading import Thread

from app.lib.bounded_cache import BoundedCache


def test_what_was_used_longest_ago_makes_room() -> None:
    cache = BoundedCache[str](1_000)
    for number in range(3):
        cache.put(number, "x" * 300)
    assert cache.get(0) == "x" * 300
    cache.put(3, "y" * 300)
    assert [number for number in range(4) if cache.get(number)] == [0, 2, 3]
    assert cache.size == 900


def test_what_is_longer_than_the_cache_displaces_nothing() -> None:
    cache = BoundedCache[bytes](1_000)
    cache.put("short", b"x" * 900)
    cache.put("long", b"x" * 1_001)
    assert cache.get("short")
    assert cache.get("long") is None


def test_a_value_is_forgotten_in_time() -> None:
    now = [0.0]
    cache = BoundedCache[str](100, seconds=2, timer=lambda: now[0])
    cache.put("key", "value")
    now[0] = 1.9
    assert cache.get("key") == "value"
    now[0] = 2.0
    assert cache.get("key") is None


def test_many_threads_keep_it_within_its_limit() -> None:
    cache = BoundedCache[str](5_000)

    def use(first: int) -> None:
        for number in range(first, first + 2_000):
            cache.put(number % 97, "x" * (number % 400))
            cache.get((number * 7) % 97)

    threads = [Thread(target=use, args=(n * 31,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.size <= 5_000
    assert cache.size == sum(len(cache.get(key) or "") for key in range(97))
