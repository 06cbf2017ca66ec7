"""Rows that are rewritten keep their length for a while as their content grows."""

from __future__ import annotations

import json

import pytest

from engine.padding import SHORTEST, with_room


@pytest.mark.parametrize("used", [2, 511, 512, 513, 768, 769, 1024, 1025, 1536, 9_000, 65_536, 999_999])
def test_the_content_stays_and_room_is_at_most_half_of_it(used: int) -> None:
    content = b'"' + b"x" * (used - 2) + b'"'
    padded = with_room(content)
    assert padded.rstrip() == content
    assert json.loads(padded) == json.loads(content)
    assert len(padded) <= max(SHORTEST, used * 3 / 2)


def test_few_lengths_are_used() -> None:
    lengths = [len(with_room(b"x" * used)) for used in range(1, 20_000)]
    assert lengths == sorted(lengths) and len(set(lengths)) == 12
