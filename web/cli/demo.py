"""``shenhou demo``: invented cases for a demonstration, and the departments' systems that answer in it."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from engine import db
from engine.config import read_settings
from web.access.demonstration import ensure_accounts
from web.cli import packs
from web.cli.database import bring_up_to_date
from web.cli.installation import open_installation
from web.cli.output import Json, print_json, print_line
from web.demonstration import at_start, filling, records, resetting
from web.demonstration.departments import Departments
from web.services import Services
from web.settings import read_web


def demo(
    reset: Annotated[bool, typer.Option("--reset", help="First clear the database, accounts and files too.")] = False,
    with_own_cases: Annotated[
        bool, typer.Option("--with-own-cases", help="With --reset: cases that were added by hand go too.")
    ] = False,
    departments: Annotated[
        bool, typer.Option("--departments", help="Play the departments' systems until interrupted.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fill an empty database with invented cases in every state, or go on where that was broken off.

    It works in demonstration mode only, and refuses a database with real cases. Stop Shenhou first: its worker would
    act on cases that are still being told. With --departments it runs beside Shenhou.
    """
    settings = read_settings()
    resetting.demand_demonstration(settings, read_web(settings))
    bring_up_to_date()
    if reset:
        _clear(with_own_cases=with_own_cases)
    with open_installation() as own:
        if departments:
            _play(own)
            return
        told = _fill(own, (lambda _line: None) if as_json else print_line)
        with db.reading(own.database) as connection:
            made, others = records.count_cases(connection)
    if as_json:
        print_json({"told": told, "cases": made, "other_cases": others})


def _clear(*, with_own_cases: bool) -> None:
    with open_installation() as own, filling.alone(own):
        resetting.refuse_real_cases(own, with_own_cases=with_own_cases)
        filling.refuse_workers(own)
        resetting.clear(own)
    bring_up_to_date()


def _fill(own: Services, say: at_start.Say) -> int:
    _, refused = packs.publish_packs(own, None, only_changed=True)
    for code, error in refused.items():
        say(f"{code}: {error}")
    with own.database.begin() as connection:
        ensure_accounts(connection, own.clock.now())
    listings = filling.find_listings(own)
    if not listings:
        say("已发布的流程包都没有演示办件。")
    elif filling.is_filled(own, listings):
        say("演示数据已经齐全。")
    return at_start.fill_what_lacks(own, say)


def _play(own: Services) -> None:
    played = Departments(own)
    print_line("部门系统开始应答（Ctrl-C 结束）。")
    try:
        while True:
            if count := played.run_once():
                print_line(f"已应答 {count} 个任务。")
            time.sleep(at_start.EVERY_SECONDS)
    except KeyboardInterrupt:
        print_line("结束。")
