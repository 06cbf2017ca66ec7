"""The program that gives birth to the processes which the tests kill or set against each other.

It imports the engine once and forks for every order, so that a life costs milliseconds instead of an interpreter's
start. It opens no database itself and shares nothing with its children but the code. An order is a line of JSON on
stdin, ``{"call": "module:function", "args": [...], "kill_after": seconds or null}``: one child for each of ``args``;
the answer is a line with each child's end: its signal or exit code, and what its function returned.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

PRELOADED = ("tests.crash.life", "tests.integration.racing")
PATIENCE = 170  # seconds, after which a child that hangs is ended, and its test fails by that


def main() -> None:
    """Serve orders until stdin ends."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for name in PRELOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(_serve(json.loads(line))), flush=True)


def _serve(order: dict[str, Any]) -> list[dict[str, Any]]:
    while signal.sigtimedwait({signal.SIGCHLD}, 0):
        pass  # of children that have been waited for
    with tempfile.TemporaryDirectory(prefix="shenhou-lives-") as folder:
        ready, gate = os.pipe(), os.pipe()
        children = []
        for number, args in enumerate(order["args"]):
            result = Path(folder) / f"{number}.json"
            children.append((_bear(order["call"], args, result, ready, gate), result))
        os.close(ready[1])
        os.close(gate[0])
        _open_gate(ready[0], gate[1], len(children))
        if order["kill_after"] is not None:
            _kill_later([pid for pid, _ in children], order["kill_after"])
        return [_end_of(pid, result) for pid, result in children]


def _open_gate(ready: int, gate: int, expected: int) -> None:
    """Let everybody go as soon as all stand at the gate, or have died before it."""
    waiting = 0
    while waiting < expected and os.read(ready, 1):
        waiting += 1
    os.close(ready)
    os.close(gate)


def _kill_later(pids: list[int], seconds: float) -> None:
    signal.sigtimedwait({signal.SIGCHLD}, seconds)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)  # one that has ended already is still ours to wait for, so the id is not reused


def _end_of(pid: int, result: Path) -> dict[str, Any]:
    _, status = os.waitpid(pid, 0)
    returned = json.loads(result.read_text()) if result.exists() else None
    return {"code": os.waitstatus_to_exitcode(status), "returned": returned}


def _bear(call: str, args: Any, result: Path, ready: tuple[int, int], gate: tuple[int, int]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        signal.alarm(PATIENCE)
        os.close(ready[0])
        os.close(gate[1])
        sys.stdin.close()
        module, _, function = call.partition(":")
        returned = getattr(importlib.import_module(module), function)(args, _gatekeeper(ready[1], gate[0]))
        result.write_text(json.dumps(returned))
        code = 0
    except BaseException:  # noqa: BLE001 - a child never returns into the program's loop
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _gatekeeper(ready: int, gate: int) -> Callable[[], None]:
    def wait() -> None:
        os.write(ready, b".")
        os.close(ready)
        os.read(gate, 1)  # ends when the program closes the other side

    return wait


if __name__ == "__main__":
    faulthandler.enable()
    main()
