"""``shenhou users``: accounts."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engine import db
from engine.errors import InvalidInput
from web.accounts import NewUser, add_user, list_users
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


def _standing(active: bool, administrator: bool) -> str:
    if not active:
        return "locked"
    return "administrator" if administrator else "active"


def _ask_password() -> str:
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
