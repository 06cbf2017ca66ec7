"""``shenhou users``: accounts."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engine import db
from engine.errors import ConfigError, InvalidInput
from web.access import attempts, totp
from web.access.oidc import subject_digest
from web.access.sessions import end_sessions
from web.accounts import (
    NewUser,
    add_user,
    find_password_faults,
    find_user_id,
    link_subject,
    list_users,
    set_active,
    set_password,
)
from web.cli.installation import open_installation
from web.cli.output import Json, print_json, print_line, print_rows

app = typer.Typer(help="Accounts of those who work here.", no_args_is_help=True)


@app.command("add")
def add(
    login: Annotated[str, typer.Argument(help="What they log in with: small letters, digits, . - _")],
    name: Annotated[str, typer.Option(help="Their name.")],
    region: Annotated[str, typer.Option(help="GB/T 2260 code of six digits; bounds the cases they may see.")],
    group: Annotated[list[str] | None, typer.Option(help="A candidate group; may be repeated.")] = None,
    administrator: Annotated[bool, typer.Option("--administrator", help="May manage accounts and packs.")] = False,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
    as_json: Json = False,
) -> None:
    """Add an account; the password is asked for, never given as an argument that others can see."""
    user = NewUser(login, name, region, group or (), administrator)
    if faults := user.find_faults():
        raise InvalidInput(faults)  # before a password is asked for
    password = sys.stdin.readline().rstrip("\n") if password_stdin else _ask_password()
    with open_installation() as own, own.database.begin() as connection:
        user_id = add_user(connection, user, password, own.clock.now())
    if as_json:
        print_json({"id": user_id, "login": login})
    else:
        print_line(f"{login} ({name}) may log in now.")


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """List every account."""
    with open_installation() as own, db.reading(own.database) as connection:
        found = list_users(connection)
    if as_json:
        print_json(found)
        return
    rows = [
        (user.login, user.name, user.region, ", ".join(user.groups), _standing(user.active, user.administrator))
        for user in found
    ]
    print_rows(("login", "name", "region", "groups", "standing"), rows, none="There are no accounts yet.")


Login = Annotated[str, typer.Argument(help="The account's login.")]


@app.command("password")
def password(
    login: Login,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
    as_json: Json = False,
) -> None:
    """Set an account's password; its sessions end."""
    with open_installation() as own:
        with db.reading(own.database) as connection:
            user_id = find_user_id(connection, login)
        given = sys.stdin.readline().rstrip("\n") if password_stdin else _ask_password()
        if faults := find_password_faults(given, login):
            raise InvalidInput({"password": faults})
        with own.database.begin() as connection:
            set_password(connection, user_id, given)
            end_sessions(connection, "staff", user_id)
    _tell(f"{login} has a new password.", as_json, login=login)


@app.command("unlock")
def unlock(login: Login, as_json: Json = False) -> None:
    """Forget the failed sign-ins of an account, so that its holder may try at once."""
    with open_installation() as own, own.database.begin() as connection:
        user_id = find_user_id(connection, login)
        subject = own.runtime.sealer.fingerprint("login", login)
        forgotten = attempts.unlock(connection, attempts.SIGN_IN, subject)
        forgotten += attempts.unlock(connection, attempts.SECOND_FACTOR, user_id)
    _tell(f"{forgotten} failed attempts of {login} are forgotten.", as_json, login=login, forgotten=forgotten)


@app.command("reset-second-factor")
def reset_second_factor(login: Login, as_json: Json = False) -> None:
    """Remove an account's second factor, after its holder lost the phone; its sessions end."""
    with open_installation() as own, own.database.begin() as connection:
        user_id = find_user_id(connection, login)
        had = totp.drop(connection, user_id)
        end_sessions(connection, "staff", user_id)
    _tell(
        f"{login} {'has no second factor any more' if had else 'had no second factor'}.", as_json, login=login, had=had
    )


@app.command("close")
def close(login: Login, as_json: Json = False) -> None:
    """Close an account: nobody signs in with it, and its sessions end."""
    _set_active(login, active=False)
    _tell(f"{login} is closed.", as_json, login=login, active=False)


@app.command("reopen")
def reopen(login: Login, as_json: Json = False) -> None:
    """Open a closed account again."""
    _set_active(login, active=True)
    _tell(f"{login} is open.", as_json, login=login, active=True)


@app.command("link")
def link(
    login: Login,
    subject: Annotated[str, typer.Option(help="Who they are there: the platform's `sub`.")],
    as_json: Json = False,
) -> None:
    """Let an account sign in by the staff's identity platform (SHENHOU_OIDC_STAFF_ISSUER)."""
    with open_installation() as own, own.database.begin() as connection:
        if own.web.oidc_staff is None:
            raise ConfigError("SHENHOU_OIDC_STAFF_ISSUER", "names no platform to link an account with")
        found = subject_digest(own.runtime.sealer, own.web.oidc_staff.issuer, subject)
        link_subject(connection, find_user_id(connection, login), found)
    _tell(f"{login} may sign in by the identity platform.", as_json, login=login)


def _tell(words: str, as_json: bool, **facts: object) -> None:
    if as_json:
        print_json(facts)
    else:
        print_line(words)


def _set_active(login: str, *, active: bool) -> None:
    with open_installation() as own, own.database.begin() as connection:
        user_id = find_user_id(connection, login)
        set_active(connection, user_id, active)
        if not active:
            end_sessions(connection, "staff", user_id)


def _standing(active: bool, administrator: bool) -> str:
    if not active:
        return "locked"
    return "administrator" if administrator else "active"


def _ask_password() -> str:
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
