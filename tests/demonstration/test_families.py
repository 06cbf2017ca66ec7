"""The family sign-in page names the demonstration's families, and leads each to its own case."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from engine.config import CODE_ROOT
from engine.packs import read_pack
from engine.releases import publish
from engine.tables import users
from tests.demonstration.conftest import Filled, open_filled
from tests.web.conftest import PACK
from web import asset_urls
from web.access.demonstration import ensure_accounts, list_accounts
from web.app import create_app
from web.demonstration.stories import Listing
from web.settings import WebSettings

OTHER = "guizhou"


@pytest.fixture
def client(whole: Filled, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setattr(asset_urls, "_digest", lambda path: "0")  # nothing needs to be built
    yield create_app(whole.own.settings, whole.own.runtime, whole.own.web).test_client()


def test_named_families_are_those_with_a_telephone_in_the_listing(client: FlaskClient, whole: Filled) -> None:
    page = client.get("/sign-in").text
    told = [text.split() for story in whole.stories for text in (story.family, *story.others)]
    named = [parts for parts in told if len(parts) == 4]
    assert len(named) >= 10
    for name, _, _, phone in named:
        assert f'value="{phone}"' in page and name in page


def test_nobody_is_named_outside_the_demonstration(whole: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asset_urls, "_digest", lambda path: "0")
    own = replace(whole.own, web=WebSettings())
    page = create_app(own.settings, own.runtime, own.web).test_client().get("/sign-in").text
    assert "1990001" not in page


def test_the_province_that_is_told_most_of_has_the_plain_logins(
    web_template: Path, tmp_path: Path, listing: Listing
) -> None:
    shutil.copy(web_template, tmp_path / "shenhou.db")
    own = open_filled(tmp_path, [listing]).own
    with own.database.begin() as connection:
        other = read_pack(OTHER, CODE_ROOT / "processes", CODE_ROOT / "forms")
        publish(connection, other, "tests", own.clock.now(), check=lambda _: [])
        ensure_accounts(connection, own.clock.now())
        named = {account.login: account.place for account in list_accounts(connection)}
        region = connection.execute(sa.select(users.c.region).where(users.c.login == "window-clerk")).scalar_one()
    assert OTHER < PACK, "the other one comes first by its code"
    assert (named["window-clerk"], named["operator"], region) == ("湖南", "湖南", "430000")
    assert named[f"window-clerk-{(other.manifest.region or '')[:2]}"] == other.manifest.names.short
    own.runtime.close()
