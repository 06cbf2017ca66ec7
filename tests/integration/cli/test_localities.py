"""What places say of the service, from the command line: with the page's own rights and checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Shell
from web.cli import main

PACK, COUNTY = "hunan", "430102"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation in which a province's pack is published."""
    home = tmp_path_factory.mktemp("provincial")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHENHOU_VAR_DIR", str(home))
        assert main(["db", "upgrade"]) == 0
        assert main(["packs", "publish", PACK]) == 0
    return home


def add_account(shell: Shell, login: str, group: str, region: str = "430100") -> None:
    who = ("users", "add", login, "--name", "罗翀", "--region", region, "--group", group, "--password-stdin")
    shell(*who, stdin="a password for tests\n")


def test_a_place_says_something_changes_it_and_takes_it_back(shell: Shell) -> None:
    assert shell("localities", "list") == "No place has said anything.\n"
    claimed = ("--items", "hukou_cancel, will_check", "--opens-on", "2026-12-01", "--officer-name", "罗翀")
    told = shell.json("localities", "set", PACK, COUNTY, "--window-only", *claimed)
    assert (told["is_open"], told["online"], told["opens_on"]) == (True, False, "2026-12-01")
    shell("localities", "set", PACK, COUNTY, "--online", "--opens-on", "now")
    [kept] = shell.json("localities", "list", PACK)
    assert kept == told | {"online": True, "opens_on": None, "items": ["hukou_cancel", "will_check"]}
    table = shell("localities", "list")
    assert COUNTY in table and "罗翀" in table
    shell("localities", "set", PACK, COUNTY, "--items", "none", "--closed")
    assert shell.json("localities", "list")[0]["items"] == []
    shell("localities", "set", PACK, COUNTY, "--items", "all")
    assert shell.json("localities", "list")[0]["items"] is None
    assert shell.json("localities", "clear", PACK, COUNTY) == {"pack": PACK, "region": COUNTY, "cleared": True}
    assert shell.json("localities", "list") == []


def test_a_list_is_narrowed_to_a_region(shell: Shell) -> None:
    for region in ("430100", COUNTY, "430200"):
        shell("localities", "set", PACK, region)
    within = shell.json("localities", "list", PACK, "--within", "430100")
    assert [one["region"] for one in within] == ["430100", COUNTY]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((PACK, "520102"), "六位行政区划代码"),
        ((PACK, "43"), "六位行政区划代码"),
        ((PACK, COUNTY, "--items", "cremation"), "不用认领"),
        ((PACK, COUNTY, "--opens-on", "tomorrow"), "日期请写成"),
        (("nonsense", COUNTY), "nonsense"),
    ],
)
def test_what_is_wrong_is_refused(shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    assert words in shell("localities", "set", *arguments, expect=1)
    assert shell.json("localities", "list") == []


def test_an_account_speaks_for_its_own_region_alone(shell: Shell) -> None:
    add_account(shell, "luo", "lead.clerk")
    add_account(shell, "tan", "window.clerk")
    shell("localities", "set", PACK, COUNTY, "--as", "luo")
    assert "430200" in shell("localities", "set", PACK, "430200", "--as", "luo", expect=1)
    for other in ("tan", "nobody"):
        assert other in shell("localities", "set", PACK, COUNTY, "--closed", "--as", other, expect=1)
        assert other in shell("localities", "clear", PACK, COUNTY, "--as", other, expect=1)
    assert shell.json("localities", "list")[0]["is_open"] is True
    shell("users", "close", "luo")
    assert "luo" in shell("localities", "clear", PACK, COUNTY, "--as", "luo", expect=1)


def test_what_was_never_said_cannot_be_taken_back(shell: Shell) -> None:
    assert COUNTY in shell("localities", "clear", PACK, COUNTY, expect=1)
