"""The workload as a pack of Shenhou's: manifest, diagram, one small form for every user task, and its worker.

The automatic step is a service task with an in-transaction worker: it runs inside the completion that reaches it and
writes one case fact, which is what the peers' scripts do (set one variable). A manual task would do nothing at all.
"""

from __future__ import annotations

import json
from typing import Any

from bench.diagrams import diagram_of
from bench.workload import PROCESS_ID, RECORD_TOPIC
from engine.packs import Pack, assemble_pack
from engine.registry import CaseAccess, Job, Workers, worker

FORM_ID = "bench_step"
MESSAGE = "death_reported"
REGION = "430000"


def build_pack(branches: int) -> Pack:
    """The pack ``bench_<branches>``, ready to be checked and published."""
    code = f"bench_{branches}"
    files = {
        "pack.yaml": _manifest(code).encode(),
        f"{PROCESS_ID}.bpmn": diagram_of("shenhou", branches),
        f"forms/{FORM_ID}.form": json.dumps(_form(), ensure_ascii=False, indent=2).encode(),
    }
    return assemble_pack(code, files, dict.fromkeys(files, code))


def build_workers() -> Workers:
    """The registry with the workload's one worker."""
    workers = Workers()

    @worker(RECORD_TOPIC, in_transaction=True, workers=workers)
    def record(job: Job, case: CaseAccess) -> None:
        """Leave a trace of the step in the case facts."""
        case.write_facts({job.element_id: True})

    return workers


def _manifest(code: str) -> str:
    return f"""\
code: {code}
names: {{short: 基准, official: 性能基准流程}}
version: "1"
region: "{REGION}"
main: {PROCESS_ID}
groups:
  bench: {{name: 基准测试窗口}}
messages:
  {MESSAGE}: {{name: 死亡报告, description: 基准测试发起办件, senders: [bench]}}
"""


def _form() -> dict[str, Any]:
    manners = [{"label": "正常死亡", "value": "natural"}, {"label": "非正常死亡", "value": "abnormal"}]
    fields: list[dict[str, Any]] = [
        {"type": "radio", "key": "manner", "label": "死亡性质", "values": manners, "validate": {"required": True}},
        {"type": "textfield", "key": "handler", "label": "经办人", "validate": {"required": True, "maxLength": 50}},
        {
            "type": "datetime",
            "subtype": "date",
            "key": "decided_on",
            "dateLabel": "办结日期",
            "validate": {"required": True},
        },
        {"type": "textfield", "key": "receipt", "label": "回执编号", "validate": {"required": True, "maxLength": 60}},
        {"type": "textarea", "key": "opinion", "label": "办理意见", "validate": {"maxLength": 500}},
    ]
    for component in fields:
        component |= {"id": f"{FORM_ID}_{component['key']}", "layout": {"row": f"row_{component['key']}"}}
    return {
        "components": fields,
        "type": "default",
        "id": FORM_ID,
        "executionPlatform": "Camunda Cloud",
        "executionPlatformVersion": "8.8.0",
        "schemaVersion": 19,
    }
