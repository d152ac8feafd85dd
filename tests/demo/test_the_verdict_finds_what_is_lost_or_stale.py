"""The demonstration's verdict: it must be able to fail."""

from __future__ import annotations

from marketplacer_callback.demo.verdict import Announced, Published, judge


def told(id: str, version: float, at: float) -> Announced:
    return Announced("Advert", id, version, at - 0.5, at)


def out(id: str, version: float | None, at: float) -> Published:
    return Published("Advert", id, version, at)


def test_what_came_out_as_new_as_announced_is_fine() -> None:
    verdict = judge([told("1", 5, 10), told("1", 7, 11)], [out("1", 6, 10.2), out("1", 7, 13)])
    assert verdict.ok
    assert (verdict.events, verdict.objects, verdict.slowest_s) == (2, 1, 2)


def test_what_never_came_out_is_lost() -> None:
    verdict = judge([told("1", 5, 10), told("2", 5, 10)], [out("1", 5, 11)])
    assert (verdict.lost, verdict.stale, verdict.ok) == (("Advert/2",), (), False)


def test_an_output_older_than_the_last_delivery_is_stale() -> None:
    verdict = judge([told("1", 5, 10), told("1", 7, 11)], [out("1", 6, 12)])
    assert (verdict.lost, verdict.stale, verdict.ok) == ((), ("Advert/1",), False)


def test_an_old_object_that_comes_out_last_is_stale() -> None:
    assert judge([told("1", 7, 11)], [out("1", 7, 12), out("1", 6, 13)]).stale == ("Advert/1",)


def test_a_type_that_shows_no_version_is_as_new_as_the_time_it_came_out() -> None:
    assert judge([told("1", 5, 10)], [out("1", None, 11)]).ok
    assert judge([told("1", 5, 10)], [out("1", None, 9)]).stale == ("Advert/1",)


def test_an_output_before_the_answer_was_no_wait() -> None:
    assert judge([told("1", 5, 10)], [out("1", 5, 9.8)]).slowest_s == 0
