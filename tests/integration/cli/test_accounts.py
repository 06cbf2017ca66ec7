"""What the operator does to accounts: passwords, locks, second factors, links."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine import db
from engine.clock import SystemClock
from engine.keyring import keep_keys, read_keys
from engine.sealing import Sealer
from engine.tables import users
from tests.integration.cli.conftest import Shell
from web.access import attempts, sessions, totp
from web.access.sign_in import matches
from web.tables import attempts as attempt_rows
from web.tables import user_security, web_sessions

PASSWORD = "a password for tests"
NEW = "another one for tests"


@pytest.fixture
def tan(shell: Shell) -> str:
    """An account with the login ``tan``, and a session of it; its id."""
    who = ("tan", "--name", "谭䶮", "--region", "430102")
    user_id = str(shell.json("users", "add", *who, "--password-stdin", stdin=f"{PASSWORD}\n")["id"])
    with db.connect(shell.database).begin() as connection:
        now = SystemClock().now()
        sessions.open_session(connection, "staff", user_id, now, second_factor=False, address="", agent="")
    return user_id


def test_password_is_replaced_and_sessions_end(shell: Shell, tan: str) -> None:
    shell("users", "password", "tan", "--password-stdin", stdin=f"{NEW}\n")
    with db.reading(db.connect(shell.database)) as connection:
        kept = connection.execute(sa.select(users.c.password_hash)).scalar_one()
        assert connection.execute(sa.select(web_sessions)).all() == []
    assert matches(kept, NEW)
    assert not matches(kept, PASSWORD)


def test_weak_password_is_refused(shell: Shell, tan: str) -> None:
    assert "密码至少12位" in shell("users", "password", "tan", "--password-stdin", stdin="short\n", expect=1)


def test_unlock_forgets_failures(shell: Shell, tan: str) -> None:
    sealer = Sealer(
        read_keys(keep_keys(shell.home / "keys.json", database=""), dict.fromkeys(("data", "audit", "secret"), ""))
    )
    now, subject = SystemClock().now(), sealer.fingerprint("login", "tan")
    with db.connect(shell.database).begin() as connection:
        for _ in range(5):
            assert attempts.begin_attempt(connection, attempts.SIGN_IN, subject, "a", now)
    assert shell.json("users", "unlock", "tan") == {"login": "tan", "forgotten": 5}
    with db.reading(db.connect(shell.database)) as connection:
        assert connection.execute(sa.select(attempt_rows)).all() == []


def test_second_factor_is_reset(shell: Shell, tan: str) -> None:
    assert "had no second factor" in shell("users", "reset-second-factor", "tan")
    with db.connect(shell.database).begin() as connection:
        mine = user_security.c.user_id == tan
        connection.execute(user_security.update().where(mine).values(totp=b"x", totp_confirmed=True))
    assert "has no second factor any more" in shell("users", "reset-second-factor", "tan")
    with db.connect(shell.database).begin() as connection:
        assert not totp.drop(connection, tan)


def test_account_is_closed_and_opened_again(shell: Shell, tan: str) -> None:
    shell("users", "close", "tan")
    assert shell.json("users", "list")[0]["active"] is False
    with db.reading(db.connect(shell.database)) as connection:
        assert connection.execute(sa.select(web_sessions)).all() == []
    shell("users", "reopen", "tan")
    assert shell.json("users", "list")[0]["active"] is True


@pytest.mark.parametrize("verb", ["unlock", "close", "reopen", "reset-second-factor", "password"])
def test_unknown_login_is_told(shell: Shell, verb: str) -> None:
    assert "was not found" in shell("users", verb, "nobody", expect=1)


def test_link_needs_a_platform_and_is_one_accounts(shell: Shell, tan: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "SHENHOU_OIDC_STAFF_ISSUER" in shell("users", "link", "tan", "--subject", "p-1", expect=2)
    for name, value in (("ISSUER", "https://id.example"), ("CLIENT", "shenhou"), ("SECRET", "s")):
        monkeypatch.setenv(f"SHENHOU_OIDC_STAFF_{name}", value)
    who = ("yi", "--name", "易禤", "--region", "430102")
    shell("users", "add", *who, "--password-stdin", stdin=f"{PASSWORD}\n")
    shell("users", "link", "tan", "--subject", "p-1")
    shell("users", "link", "tan", "--subject", "p-2")
    assert "linked with another account" in shell("users", "link", "yi", "--subject", "p-2", expect=1)
    shell("users", "link", "yi", "--subject", "p-1")
