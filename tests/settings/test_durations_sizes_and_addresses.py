"""Durations, sizes and addresses mean what they say, and nothing else is guessed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplacer_callback.settings import Address, duration, size
from marketplacer_callback.settings.units import address

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
BYTES = {"B": 1, "kB": 1000, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


@given(st.integers(0, 36_500), st.sampled_from(sorted(SECONDS)))
def test_a_duration_is_its_number_times_its_unit(number: int, unit: str) -> None:
    assert duration(f"{number}{unit}") == number * timedelta(seconds=SECONDS[unit])


@given(st.integers(0, 10**9), st.integers(0, 999))
def test_decimals_of_a_second_are_exact_to_the_millisecond(seconds: int, milliseconds: int) -> None:
    assert duration(f"{seconds}.{milliseconds:03d}s") == timedelta(seconds=seconds, milliseconds=milliseconds)


@given(st.integers(1, 1024), st.sampled_from(sorted(BYTES)))
def test_a_size_is_its_number_times_its_unit(number: int, unit: str) -> None:
    assert size(f"{number}{unit}") == number * BYTES[unit]
    assert size(number) == number


@given(st.text(max_size=12))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    for read in (duration, size, address):
        try:
            read(text)
        except ValueError as error:
            assert "expected" in str(error)  # noqa: PT017 — whichever of the two happens is fine


@pytest.mark.parametrize(
    "wrong", ["", "3", 3, 3.5, True, None, "3 s", "-3s", "3S", "1h30m", "٣s", "1e3s", "9" * 30 + "d"]
)
def test_a_duration_without_a_unit_is_not_guessed(wrong: object) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        duration(wrong)


@pytest.mark.parametrize("wrong", ["", "10", "10 MiB", "10mb", "0B", 0, -1, True, 1.5, None, "2000GiB"])
def test_a_wrong_size_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="expected a size"):
        size(wrong)


@given(st.ip_addresses(), st.integers(0, 65_535))
def test_an_address_reads_what_it_writes(host: object, port: int) -> None:
    one = Address(str(host), port)
    assert address(str(one)) == one


@pytest.mark.parametrize("wrong", ["", "8080", "localhost", "localhost:", "localhost:65536", "a:b:1", "::1:80", 8080])
def test_a_wrong_address_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="expected host:port"):
        address(wrong)


def test_an_address_without_a_host_is_every_interface() -> None:
    assert address(":8080") == Address("", 8080)
