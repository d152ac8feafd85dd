"""A ref's text is a stable idempotency key, and can be read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplacer_callback import Ref

names = st.from_regex(r"[A-Za-z0-9_.-]+", fullmatch=True)


@given(names, names, st.text(min_size=1))
def test_what_str_wrote_parse_reads(instance: str, typename: str, id: str) -> None:
    ref = Ref(instance, typename, id)
    assert Ref.parse(str(ref)) == ref
    assert str(ref) == f"{instance}/{typename}/{id}"


@pytest.mark.parametrize("text", ["", "a", "a/b", "a/b/", "/b/c", "a//c"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected instance/typename/id"):
        Ref.parse(text)
