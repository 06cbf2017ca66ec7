"""Settings: what is taken, what is refused by name, and where the keys come from."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from engine.config import CODE_ROOT, SETTINGS, Settings, read_settings
from engine.errors import ConfigError
from engine.keyring import add_data_key, draw_keys, keep_keys, read_keys, replace_kept_keys

NAMES = {"data": "SHENHOU_DATA_KEY", "audit": "SHENHOU_AUDIT_KEY", "secret": "SHENHOU_SECRET_KEY"}


def read(home: Path, **given: str) -> Settings:
    return read_settings({f"SHENHOU_{name}": value for name, value in given.items()}, home=home)


def production_keys() -> dict[str, str]:
    return {f"{kind.upper()}_KEY": text for kind, text in draw_keys().items()}


def test_defaults_serve_this_machine_only_from_the_home_folder(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path / 'var' / 'shenhou.db'}"
    assert (settings.mode, settings.host, settings.port) == ("embedded", "127.0.0.1", 8000)
    assert settings.embedded_worker
    assert settings.processes_dir == CODE_ROOT / "processes"


def test_misspelt_name_is_refused_with_the_nearest_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"SHENHOU_DATABSE_URL: .*did you mean SHENHOU_DATABASE_URL") as refused:
        read(tmp_path, DATABSE_URL="sqlite:///x.db")
    assert refused.value.name == "SHENHOU_DATABSE_URL"


def test_foreign_and_test_variables_are_left_alone(tmp_path: Path) -> None:
    given = {"PATH": "/bin", "SHENHOU_TEST_PG": "postgresql://db", "SHENHOU_SOAK": "1"}
    assert read_settings(given, home=tmp_path).port == 8000


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("MODE", "prodution", "did you mean production"),
        ("PORT", "eight", "a whole number"),
        ("PORT", "0", "from 1 to 65535"),
        ("THREADS", "1.5", "a whole number"),
        ("POLL_SECONDS", "nan", "from 0.05 to 60"),
        ("EMBEDDED_WORKER", "yes", "on or off"),
        ("LOG_LEVEL", "info", "takes DEBUG or INFO"),
        ("DATABASE_URL", "mysql://db/shenhou", "takes sqlite:///<file> or postgresql://"),
        ("DATABASE_URL", "sqlite:///:memory:", "would lose every case"),
        ("PROCESSES_DIR", "nowhere", "is not a folder"),
        ("DATA_KEY", "c2hvcnQ=", "takes <id>:<base64>"),
        ("AUDIT_KEY", "c2hvcnQ=", "32 random bytes"),
        ("HOST", "0.0.0.0", "host names"),
    ],
)
def test_wrong_value_is_refused_by_name(tmp_path: Path, name: str, value: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as refused:
        read(tmp_path, **{name: value})
    assert refused.value.name in (f"SHENHOU_{name}", "SHENHOU_TRUSTED_HOSTS")


def test_empty_value_means_the_default(tmp_path: Path) -> None:
    assert read(tmp_path, PORT="", MODE=" ").port == 8000


def test_relative_sqlite_path_counts_from_home(tmp_path: Path) -> None:
    assert read(tmp_path, DATABASE_URL="sqlite:///data/a.db").database_url == f"sqlite:///{tmp_path / 'data' / 'a.db'}"


def test_postgres_url_is_taken_as_it_is(tmp_path: Path) -> None:
    url = "postgresql://shenhou@db/shenhou"
    assert read(tmp_path, DATABASE_URL=url).database_url == url


def test_first_start_draws_keys_for_the_owner_only_and_the_second_keeps_them(tmp_path: Path) -> None:
    first = read(tmp_path)
    kept = tmp_path / "var" / "keys.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert read(tmp_path).keys == first.keys
    assert [path.name for path in kept.parent.iterdir()] == ["keys.json"]


def test_database_without_its_keys_is_refused_rather_than_given_new_ones(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "shenhou.db").touch()
    with pytest.raises(ConfigError, match="restore it from the backup"):
        read(tmp_path)
    assert not (tmp_path / "var" / "keys.json").exists()


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    read(tmp_path)
    (tmp_path / "var" / "keys.json").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        read(tmp_path)


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"data": "k1:AAAA"}'])
def test_damaged_key_file_is_refused(tmp_path: Path, damage: str) -> None:
    read(tmp_path)
    (tmp_path / "var" / "keys.json").write_text(damage)
    with pytest.raises(ConfigError, match="restore it from the backup"):
        read(tmp_path)


def test_production_demands_every_key_and_the_host_names(tmp_path: Path) -> None:
    keys = production_keys()
    for absent in keys:
        stated = {name: text for name, text in keys.items() if name != absent}
        with pytest.raises(ConfigError, match=f"SHENHOU_{absent}: is demanded in production"):
            read(tmp_path, MODE="production", TRUSTED_HOSTS="shenhou.example", **stated)
    with pytest.raises(ConfigError, match="SHENHOU_TRUSTED_HOSTS"):
        read(tmp_path, MODE="production", **keys)
    settings = read(tmp_path, MODE="production", TRUSTED_HOSTS="a.example, b.example", **keys)
    assert settings.trusted_hosts == ("a.example", "b.example")
    assert not (tmp_path / "var").exists()


def test_no_printed_form_shows_a_key(tmp_path: Path) -> None:
    keys = production_keys()
    settings = read(tmp_path, **keys)
    shown = f"{settings!r} {settings.keys!r} {settings.keys.sealing!r}"
    for text in keys.values():
        assert text.partition(":")[2] or text not in shown
    assert repr(settings.keys.audit) not in shown
    assert repr(settings.keys.sealing.key) not in shown


def test_new_data_key_seals_and_the_old_one_still_opens() -> None:
    ring = read_keys(draw_keys(), NAMES)
    texts = draw_keys() | {"data": add_data_key(ring)}
    grown = read_keys(texts, NAMES)
    assert [key.id for key in grown.data] == ["k2", "k1"]
    assert grown.sealing.id == "k2"
    assert grown.opening("k1") == ring.sealing
    assert grown.opening("k9") is None


def test_two_keys_of_one_id_are_refused() -> None:
    one, other = draw_keys()["data"], draw_keys()["data"]
    with pytest.raises(ConfigError, match="two keys of one id"):
        read_keys(draw_keys() | {"data": f"{one},{other}"}, NAMES)


def test_replaced_keys_stay_private(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keep_keys(path, database="")
    fresh = draw_keys()
    replace_kept_keys(path, fresh)
    assert json.loads(path.read_text()) == fresh
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_readme_lists_exactly_the_settings_there_are() -> None:
    text = (CODE_ROOT / "README.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `SHENHOU_")]
    assert [(row[0].strip("`"), row[-1]) for row in rows] == [(s.variable, s.meaning) for s in SETTINGS]
