"""The store: what goes in comes out, nobody reads what lies there, and what breaks off leaves nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.errors import ConfigError, LimitExceeded, NotFound, TamperedData, Unavailable
from engine.keyring import DataKey, Keyring
from engine.sealing import Sealer
from tests.web import fake_s3
from web.store.local import LocalPlace
from web.store.s3 import BucketPlace, open_bucket
from web.store.settings import open_store
from web.store.store import CHUNK_BYTES, FileStore, Place

OLD, NEW = DataKey("k1", b"1" * 32), DataKey("k2", b"4" * 32)
SECRET_TEXT = "谭䶮 430102194803121313".encode()


def sealer(*keys: DataKey) -> Sealer:
    return Sealer(Keyring(keys, b"2" * 32, b"3" * 32))


def bucket(url: str, **changed: str) -> BucketPlace:
    said = {"region": fake_s3.REGION, "key_id": fake_s3.KEY_ID, "secret": fake_s3.SECRET} | changed
    return open_bucket(fake_s3.BUCKET, endpoint=url, prefix="files", seconds=2, **said)


@pytest.fixture
def server() -> Iterator[fake_s3.FakeS3]:
    with fake_s3.running() as running:
        yield running


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return LocalPlace(tmp_path / "files")
    return bucket(request.getfixturevalue("server").url)


@pytest.fixture
def store(place: Place) -> FileStore:
    return FileStore(place, sealer(OLD))


def held(place: Place) -> list[str]:
    return sorted(name for name, _ in place.entries())


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 300_001])
def test_what_goes_in_comes_out(store: FileStore, size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    stored = store.put(io.BytesIO(data))
    assert store.read(stored.id) == data
    assert stored.bytes == size


def test_nothing_of_the_content_lies_in_the_place(store: FileStore, place: Place) -> None:
    store.put([SECRET_TEXT])
    lying = b"".join(b"".join(place.read(name)) for name in held(place))
    assert SECRET_TEXT not in lying
    assert "谭䶮".encode() not in lying


def test_the_same_content_twice_looks_different(store: FileStore, place: Place) -> None:
    one, two = store.put([SECRET_TEXT]), store.put([SECRET_TEXT])
    assert one.sha256 == two.sha256
    assert b"".join(place.read(f"{one.id}.data")) != b"".join(place.read(f"{two.id}.data"))


def test_a_sender_that_goes_away_leaves_nothing(store: FileStore, place: Place) -> None:
    def sending() -> Iterator[bytes]:
        yield b"x" * (2 * CHUNK_BYTES)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put(sending())
    assert held(place) == []


def test_a_cut_off_write_leaves_no_draft_behind(tmp_path: Path) -> None:
    def sending() -> Iterator[bytes]:
        yield b"x" * (2 * CHUNK_BYTES)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        FileStore(LocalPlace(tmp_path), sealer(OLD)).put(sending())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_too_much_is_refused_and_leaves_nothing(store: FileStore, place: Place) -> None:
    with pytest.raises(LimitExceeded):
        store.put(io.BytesIO(b"x" * 100_001), limit=100_000)
    assert held(place) == []
    assert store.put(io.BytesIO(b"x" * 100_000), limit=100_000).bytes == 100_000


def cut(data: bytes) -> bytes:
    return data[: CHUNK_BYTES + 16]


def swap(data: bytes) -> bytes:
    whole = CHUNK_BYTES + 16
    return data[whole : 2 * whole] + data[:whole] + data[2 * whole :]


@pytest.mark.parametrize("harm", [cut, swap, lambda data: data[:-1], lambda data: data[:40] + b"!" + data[41:]])
def test_harm_is_noticed(store: FileStore, place: Place, harm: Callable[[bytes], bytes]) -> None:
    stored = store.put([b"x" * (3 * CHUNK_BYTES)])
    lying = b"".join(place.read(f"{stored.id}.data"))
    place.write(f"{stored.id}.data", [harm(lying)])
    with pytest.raises(TamperedData):
        store.read(stored.id)


def test_a_file_under_anothers_name_does_not_open(store: FileStore, place: Place) -> None:
    one, two = store.put([b"one"]), store.put([b"two"])
    for part in (".key", ".data"):
        place.write(two.id + part, [b"".join(place.read(one.id + part))])
    with pytest.raises(TamperedData):
        store.read(two.id)


def test_deleted_is_gone_and_may_be_deleted_again(store: FileStore, place: Place) -> None:
    stored = store.put([b"x"])
    store.delete(stored.id)
    store.delete(stored.id)
    assert held(place) == []
    with pytest.raises(NotFound):
        store.read(stored.id)


@pytest.mark.parametrize("name", ["", "../keys.json", "a" * 31, "A" * 32, "a" * 32 + "/../x", "a" * 32 + ".x\n"])
def test_no_path_gets_into_the_store(store: FileStore, name: str) -> None:
    with pytest.raises(NotFound):
        store.open(name)


def test_rotation_seals_the_keys_anew_and_leaves_the_data_alone(place: Place) -> None:
    before = FileStore(place, sealer(OLD))
    stored = [before.put([f"file {number}".encode()]) for number in range(3)]
    lying = b"".join(place.read(f"{stored[0].id}.data"))
    after = FileStore(place, sealer(NEW, OLD))
    assert after.count_stale() == 3
    assert after.reseal() == 3
    assert (after.count_stale(), after.reseal()) == (0, 0)
    alone = FileStore(place, sealer(NEW))
    assert [alone.read(one.id) for one in stored] == [b"file 0", b"file 1", b"file 2"]
    assert b"".join(place.read(f"{stored[0].id}.data")) == lying


def test_names_tells_what_is_older(place: Place) -> None:
    store = FileStore(place, sealer(OLD))
    stored = store.put([b"x"])
    assert list(store.names()) == [stored.id]
    assert list(store.names(before=datetime(2020, 1, 1, tzinfo=UTC))) == []
    assert list(store.names(before=datetime.now(UTC) + timedelta(hours=1))) == [stored.id]


def test_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    FileStore(LocalPlace(tmp_path / "files"), sealer(OLD)).put([b"x"])
    for path in (tmp_path / "files").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_bucket_that_does_not_answer_is_unavailable(server: fake_s3.FakeS3) -> None:
    store = FileStore(bucket(server.url), sealer(OLD))
    stored = store.put([b"x"])
    server.failing = True
    for act in (lambda: store.read(stored.id), lambda: store.put([b"y"]), lambda: list(store.names())):
        with pytest.raises(Unavailable):
            act()


def test_a_bucket_takes_no_wrong_key(server: fake_s3.FakeS3) -> None:
    with pytest.raises(Unavailable):
        FileStore(bucket(server.url, secret="another"), sealer(OLD)).put([b"x"])
    assert server.objects == {}


def test_objects_lie_below_the_prefix(server: fake_s3.FakeS3) -> None:
    stored = FileStore(bucket(server.url), sealer(OLD)).put([b"x"])
    assert sorted(server.objects) == [f"files/{stored.id}.data", f"files/{stored.id}.key"]


def production(tmp_path: Path) -> object:
    class Settings:
        var_dir, production = tmp_path, True

    return Settings()


BUCKET_SETTINGS = {
    "SHENHOU_FILES": "s3://shenhou/files", "SHENHOU_FILES_ENDPOINT": "https://s3.example",
    "SHENHOU_FILES_KEY_ID": "id", "SHENHOU_FILES_SECRET": "secret",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"SHENHOU_FILES": "ftp://x"}, "SHENHOU_FILES"),
        ({"SHENHOU_FILES_ENDPOINT": ""}, "SHENHOU_FILES_ENDPOINT"),
        ({"SHENHOU_FILES_ENDPOINT": "http://s3.example"}, "SHENHOU_FILES_ENDPOINT"),
        ({"SHENHOU_FILES_SECRET": " "}, "SHENHOU_FILES_SECRET"),
        ({"SHENHOU_FILES_KEY_ID": ""}, "SHENHOU_FILES_KEY_ID"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, changed: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError) as raised:
        open_store(production(tmp_path), sealer(OLD), BUCKET_SETTINGS | changed)  # type: ignore[arg-type]
    assert raised.value.name == named


def test_right_settings_open_a_store(tmp_path: Path) -> None:
    open_store(production(tmp_path), sealer(OLD), BUCKET_SETTINGS)  # type: ignore[arg-type]
    store = open_store(production(tmp_path), sealer(OLD), {})  # type: ignore[arg-type]
    assert store.read(store.put([b"x"]).id) == b"x"
    assert (tmp_path / "files").is_dir()
