"""The work that every subject of the benchmark does: the steps, their values and the process graph, as data.

A case is start → intake → choice → certify → N parallel branches → join → deliver → end. A branch is one user task
and one automatic step; the first branch has two user tasks. So a case takes N + 4 completions (intake, certify,
N + 1 in the branches, deliver) and N automatic steps. ``diagrams.py`` writes the same graph in each engine's dialect.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ORDER_SEED = 20_250_405
PROCESS_ID = "bench_case"
RECORD_TOPIC = "bench.record"
BYTES_OF_VALUES = 190

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Node:
    """One element. ``kind`` is start, end, user, record (the automatic step), exclusive or parallel."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Flow:
    """One sequence flow. ``manner`` is set on a flow that is taken when intake reported that manner of death."""

    id: str
    source: str
    target: str
    name: str = ""
    manner: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """The process as drawn: ``defaults`` maps an exclusive gateway to its default flow."""

    nodes: Sequence[Node]
    flows: Sequence[Flow]
    defaults: Mapping[str, str]


def completions_of(branches: int) -> int:
    """How many user tasks a case with ``branches`` parallel branches takes."""
    return branches + 4


def half_open_after(branches: int) -> int:
    """The number of completions after which a case's state is weighed."""
    return completions_of(branches) // 2


def steps_of(branches: int) -> list[str]:
    """The user tasks of one case in the order in which they are completed: shuffled, and the same in every run."""
    arrivals = [1, *range(1, branches + 1)]
    random.Random(ORDER_SEED + branches).shuffle(arrivals)
    first = arrivals.index(1)
    middle = [f"accept_{b:02d}" if place == first else f"handle_{b:02d}" for place, b in enumerate(arrivals)]
    return ["report_death", "certify_death", *middle, "deliver_results"]


def values_of(step: str) -> dict[str, str]:
    """What the clerk enters at ``step``: five text fields, ``BYTES_OF_VALUES`` bytes as JSON in UTF-8."""
    values = {
        "manner": "natural",
        "handler": "欧阳翀",
        "decided_on": "2025-04-03",
        "receipt": f"湘民〔2025〕{step}",
        "opinion": "",
    }
    room = BYTES_OF_VALUES - len(json.dumps(values, ensure_ascii=False).encode())
    phrase = "材料齐全,准予办结。"
    opinion = phrase
    while len((opinion + phrase).encode()) <= room:
        opinion += phrase
    values["opinion"] = opinion + "." * (room - len(opinion.encode()))
    return values


def graph_of(branches: int) -> Graph:
    """The process graph with ``branches`` parallel branches."""
    nodes = [
        Node("start", "death_reported", "收到死亡报告"),
        Node("user", "report_death", "登记死亡报告"),
        Node("exclusive", "is_abnormal", "是否非正常死亡?"),
        Node("user", "certify_death", "开具死亡证明"),
        Node("user", "review_death", "公安机关认定"),
        Node("exclusive", "certified", "证明已开具"),
        Node("parallel", "departments_opened", "部门并联办理"),
        Node("parallel", "departments_joined", "部门办理完毕"),
        Node("user", "deliver_results", "送达办理结果"),
        Node("end", "results_delivered", "结果已送达"),
    ]
    chains = [["death_reported", "report_death", "is_abnormal"]]
    chains += [["certify_death", "certified", "departments_opened"], ["review_death", "certified"]]
    for number in range(1, branches + 1):
        users = [f"handle_{number:02d}"] if number > 1 else ["accept_01", "handle_01"]
        nodes += [Node("user", user, f"部门{number}{'受理' if user.startswith('a') else '办理'}") for user in users]
        nodes.append(Node("record", f"record_{number:02d}", f"登记部门{number}结果"))
        chains.append(["departments_opened", *users, f"record_{number:02d}", "departments_joined"])
    chains.append(["departments_joined", "deliver_results", "results_delivered"])
    flows = [
        Flow("is_abnormal_no", "is_abnormal", "certify_death", "否"),
        Flow("is_abnormal_yes", "is_abnormal", "review_death", "是", manner="abnormal"),
    ]
    flows += [Flow(f"{a}_to_{b}", a, b) for chain in chains for a, b in itertools.pairwise(chain)]
    return Graph(nodes, flows, {"is_abnormal": "is_abnormal_no"})
