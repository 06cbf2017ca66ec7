"""Whose region covers which: codes of GB/T 2260 have levels of two digits, whatever zeros stand in them."""

from __future__ import annotations

import pytest

from engine.actors import Actor


@pytest.mark.parametrize(
    ("region", "covered", "foreign"),
    [
        ("430000", "431100", "440100"),
        ("43", "431100", "440100"),
        ("500000", "500101", "520100"),  # Chongqing is not the whole south-west
        ("431000", "431002", "431102"),  # Chenzhou is not Yongzhou
        ("430110", "430110", "430111"),
        ("430102", "430102", "430103"),
    ],
)
def test_a_region_covers_its_own_places_only(region: str, covered: str, foreign: str) -> None:
    actor = Actor("wang", region=region)
    assert actor.covers(covered)
    assert not actor.covers(foreign)


def test_who_has_no_region_covers_none() -> None:
    assert not Actor("wang").covers("430000")
