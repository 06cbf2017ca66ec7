"""The floor: the least that any engine can do for one completion, as a plain dictionary of tokens and one commit.

The act is a token moving through the graph in memory; then the values and the new marking are written in one durable
SQLite commit (WAL, ``synchronous=FULL``). No parsing, no loading, no form, no permission, no audit, no projection:
what an engine costs above this is the price of being one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.subject import Outcome, serve
from bench.workload import Graph, Node, Values, graph_of
from engine.db import sqlite_module

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE process_case (id INTEGER PRIMARY KEY, marking TEXT NOT NULL) STRICT;
CREATE TABLE completion (process_case INTEGER, step TEXT, content TEXT NOT NULL, PRIMARY KEY (process_case, step))
STRICT, WITHOUT ROWID;
"""


class Tokens:
    """One running case: the open user tasks, the tokens that wait at joins, and what has happened."""

    def __init__(self, graph: Graph) -> None:
        self._nodes: dict[str, Node] = {node.id: node for node in graph.nodes}
        self._next = {node.id: [flow.target for flow in graph.flows if flow.source == node.id] for node in graph.nodes}
        self._incoming = Counter(flow.target for flow in graph.flows)
        self._manner = {flow.target: flow.manner for flow in graph.flows if flow.manner}
        self._arrived: Counter[str] = Counter()
        self.waiting: set[str] = set()
        self.completions = self.records = 0
        self.ended = False
        self._enter(graph.nodes[0].id, "")

    def complete(self, step: str, values: Values) -> None:
        """Move the token on from an open user task; ``KeyError`` when it is not open."""
        self.waiting.remove(step)
        self.completions += 1
        self._leave(step, values["manner"])

    def marking(self) -> str:
        """Everything needed to go on, as JSON."""
        return json.dumps([sorted(self.waiting), self._arrived])

    def _enter(self, node_id: str, manner: str) -> None:
        kind = self._nodes[node_id].kind
        if kind == "user":
            self.waiting.add(node_id)
            return
        if kind == "parallel" and not self._joined(node_id):
            return
        self.records += kind == "record"
        self.ended |= kind == "end"
        self._leave(node_id, manner)

    def _leave(self, node_id: str, manner: str) -> None:
        targets = self._next[node_id]
        if self._nodes[node_id].kind == "exclusive" and len(targets) > 1:
            targets = [each for each in targets if self._manner.get(each) == manner] or targets[:1]
        for target in targets:
            self._enter(target, manner)

    def _joined(self, node_id: str) -> bool:
        self._arrived[node_id] += 1
        if self._arrived[node_id] < self._incoming[node_id]:
            return False
        del self._arrived[node_id]
        return True


class Floor:
    """Cases in memory, each completion committed."""

    def __init__(self) -> None:
        self._cases: dict[str, Tokens] = {}

    def open(self, directory: Path, branches: Sequence[int]) -> None:
        self._connection: Any = sqlite_module().connect(directory / "floor.db", isolation_level=None)
        self._connection.executescript(SCHEMA)

    def start(self, branches: int) -> str:
        tokens = Tokens(graph_of(branches))
        cursor = self._connection.execute("INSERT INTO process_case (marking) VALUES (?)", (tokens.marking(),))
        case = str(cursor.lastrowid)
        self._cases = {case: tokens}
        return case

    def locate(self, case: str, step: str) -> str:
        return step

    def complete(self, case: str, user_task: str, values: Values) -> None:
        tokens = self._cases[case]
        tokens.complete(user_task, values)
        content = json.dumps(values, ensure_ascii=False)
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO completion VALUES (?, ?, ?)", (case, user_task, content))
        self._connection.execute("UPDATE process_case SET marking = ? WHERE id = ?", (tokens.marking(), case))
        self._connection.execute("COMMIT")

    def state_bytes(self, case: str) -> int:
        question = "SELECT SUM(LENGTH(CAST(content AS BLOB))) FROM completion WHERE process_case = ?"
        return len(self._cases[case].marking()) + int(self._connection.execute(question, (case,)).fetchone()[0])

    def outcome(self, case: str) -> Outcome:
        tokens = self._cases[case]
        return Outcome(tokens.ended and not tokens.waiting, tokens.completions, tokens.records)

    def close(self) -> None:
        self._connection.close()


if __name__ == "__main__":
    serve(Floor())
