"""camunda-python (PyPI, Apache 2.0): a re-implementation of Camunda 7 in Python with SQLAlchemy underneath.

It keeps running instances in memory and writes all of an instance's rows anew, history included, at every command.
Its only way back from the database (``from_database``) restores every open instance at once, so it is measured as it
is meant to run: live, stored durably after each completion, but *not* reloaded before the next. That favours it.
It needs Python ≥ 3.12, so it runs by an interpreter of its own (see ``interpreter``); the extra ``bench`` names it.
"""

from __future__ import annotations

import importlib
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.diagrams import diagram_of
from bench.subject import Outcome, serve
from bench.workload import Values

ROOT = Path(__file__).parents[2]
OWN_INTERPRETER = Path("var/bench/camunda/bin/python")
RUNTIME_TABLES = ("ACT_RU_EXECUTION", "ACT_RU_TASK", "ACT_RU_VARIABLE", "ACT_RU_JOB")


def interpreter(wanted: str = "") -> str:
    """The interpreter that has camunda-python: the wanted one, else this one, else ``var/bench/camunda``; else ""."""
    for candidate in [wanted] if wanted else [sys.executable, str(ROOT / OWN_INTERPRETER)]:
        probe = [candidate, "-c", "import camunda.engine, camunda.persistence.store"]
        if Path(candidate).exists() and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return candidate
    return ""


def absence(wanted: str = "") -> str:
    """Why the subject cannot run here; empty when it can."""
    if interpreter(wanted):
        return ""
    folder = OWN_INTERPRETER.parents[1]
    return f"not installed: python3.12 -m venv {folder} && {folder}/bin/pip install camunda-python==0.1.2"


class CamundaPython:
    """One engine per number of branches (a process is known by its id), each with a database of its own."""

    def __init__(self) -> None:
        self._engines: dict[int, Any] = {}
        self._paths: dict[int, Path] = {}

    def open(self, directory: Path, branches: Sequence[int]) -> None:
        for number in branches:
            self._paths[number] = directory / f"camunda_{number}.db"
            with closing(sqlite3.connect(self._paths[number])) as connection:
                connection.execute("PRAGMA journal_mode = WAL")  # kept in the file; synchronous=FULL is the default
            self._engines[number] = _deploy(self._paths[number], number)

    def start(self, branches: int) -> str:
        instance = self._engines[branches].start_process_instance_by_key("bench_case", {})
        return f"{branches}/{instance.id}"

    def locate(self, case: str, step: str) -> str:
        engine, instance_id = self._place(case)
        waiting = engine.create_task_query(process_instance_id=instance_id)
        (user_task,) = [each for each in waiting if each.task_definition_key == step]
        return str(user_task.id)

    def complete(self, case: str, user_task: str, values: Values) -> None:
        engine, _ = self._place(case)
        step = engine.get_task(user_task).task_definition_key
        variables: dict[str, Any] = {step: dict(values)}
        if step == "report_death":
            variables["manner"] = values["manner"]  # its expressions read plain variables only
        engine.complete_task(user_task, variables)

    def state_bytes(self, case: str) -> int:
        """All values in the case's rows of the runtime (``ACT_RU_``) tables, as text."""
        branches, instance_id = case.split("/")
        with closing(sqlite3.connect(self._paths[int(branches)])) as connection:
            rows = [
                row
                for table in RUNTIME_TABLES
                for row in connection.execute(f"SELECT * FROM {table} WHERE PROC_INST_ID_ = ?", (instance_id,))
            ]
        return sum(len(str(value).encode()) for row in rows for value in row if value is not None)

    def outcome(self, case: str) -> Outcome:
        """Read from the history tables, so it is what the database knows, not what memory knows."""
        branches, instance_id = case.split("/")
        with closing(sqlite3.connect(self._paths[int(branches)])) as connection:

            def count(question: str) -> int:
                return int(connection.execute(question, (instance_id,)).fetchone()[0])

            return Outcome(
                count("SELECT COUNT(*) FROM ACT_HI_PROCINST WHERE ID_ = ? AND STATE_ = 'COMPLETED'") == 1,
                count("SELECT COUNT(*) FROM ACT_HI_TASKINST WHERE PROC_INST_ID_ = ? AND END_TIME_ IS NOT NULL"),
                count("SELECT COUNT(*) FROM ACT_HI_VARINST WHERE PROC_INST_ID_ = ? AND NAME_ LIKE 'record_%'"),
            )

    def close(self) -> None:
        for engine in self._engines.values():
            engine.close()

    def _place(self, case: str) -> tuple[Any, str]:
        branches, instance_id = case.split("/")
        return self._engines[int(branches)], instance_id


def _deploy(path: Path, branches: int) -> Any:
    process_engine: Any = importlib.import_module("camunda.engine")
    parser: Any = importlib.import_module("camunda.parser")
    store: Any = importlib.import_module("camunda.persistence.store")
    engine = process_engine.ProcessEngine(store=store.Store(str(path)))
    for number in range(1, branches + 1):
        engine.register_delegate(f"record_{number:02d}", _record(f"record_{number:02d}"))
    engine.deploy(parser.parse_bpmn_xml(diagram_of("camunda", branches).decode()))
    return engine


def _record(name: str) -> Any:
    def leave_trace(variables: dict[str, Any]) -> None:
        variables[name] = True

    return leave_trace


if __name__ == "__main__":
    serve(CamundaPython())
