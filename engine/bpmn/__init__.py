"""The kernel: BPMN processes run by SpiffWorkflow with token semantics. SpiffWorkflow is imported nowhere else."""

import logging

from engine.bpmn import codec
from engine.bpmn.host import Changes, Host, JobRequest, Limits, StepFailed
from engine.bpmn.processes import Processes
from engine.bpmn.workflow import Open, Workflow

__all__ = ["Changes", "Host", "JobRequest", "Limits", "Open", "Processes", "StepFailed", "Workflow", "codec"]

for _name in ("spiff", "spiff.task", "spiff.workflow", "spiff.data"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # its records carry full task data (engine-findings, row 16)
