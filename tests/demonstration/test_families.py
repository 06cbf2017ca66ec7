"""The family sign-in page names the demonstration's families, and leads each to its own case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from tests.demonstration.conftest import Filled
from web import asset_urls
from web.app import create_app
from web.settings import WebSettings


@pytest.fixture
def client(whole: Filled, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setattr(asset_urls, "_digest", lambda path: "0")  # nothing needs to be built
    yield create_app(whole.own.settings, whole.own.runtime, whole.own.web).test_client()


def test_named_families_are_those_with_a_telephone_in_the_listing(client: FlaskClient, whole: Filled) -> None:
    page = client.get("/sign-in").text
    told = [text.split() for story in whole.listing.stories for text in (story.family, *story.others)]
    named = [parts for parts in told if len(parts) == 4]
    assert len(named) >= 10
    for name, _, _, phone in named:
        assert f'value="{phone}"' in page and name in page


def test_nobody_is_named_outside_the_demonstration(whole: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asset_urls, "_digest", lambda path: "0")
    own = replace(whole.own, web=WebSettings())
    page = create_app(own.settings, own.runtime, own.web).test_client().get("/sign-in").text
    assert "1990001" not in page
