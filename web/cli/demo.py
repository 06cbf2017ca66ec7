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
from web.cli.output import print_line
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
) -> None:
    """Fill an empty database with invented cases in every state, or go on where that was broken off.

    It works in demonstration mode only, and refuses a database with real cases. Stop Shenhou first: its worker would
    act on cases that are still being told. With --departments it runs beside Shenhou.
    """
    settings = read_settings()
    resetting.demand_demonstration(settings, read_web(settings))
    bring_up_to_date()
    if reset:
        _reset(with_own_cases=with_own_cases)
    with open_installation() as own:
        if departments:
            _play(own)
            return
        _fill(own)


def _reset(*, with_own_cases: bool) -> None:
    with open_installation() as own, filling.alone(own):
        resetting.refuse_real_cases(own, with_own_cases=with_own_cases)
        filling.refuse_workers(own)
        resetting.clear(own)
    bring_up_to_date()
    print_line("演示数据库已清空。")


def _fill(own: Services) -> None:
    packs.tell_published(*packs.publish_packs(own, None, only_changed=True))
    with own.database.begin() as connection:
        ensure_accounts(connection, own.clock.now())
    listings = filling.find_listings(own)
    if not listings:
        print_line("已发布的流程包都没有演示办件。")
        return
    if filling.is_filled(own, listings):
        with db.reading(own.database) as connection:
            made, _ = records.count_cases(connection)
        print_line(f"演示数据已经齐全：{made} 个办件。")
        return
    at_start.fill_what_lacks(own, print_line)


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
