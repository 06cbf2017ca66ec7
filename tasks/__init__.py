"""The domain: Python service tasks and the rules they guard, a subject a file.

Importing this package registers every worker.
"""

from tasks import (
    certificates,
    deliveries,
    evaluations,
    funeral,
    holds,
    notices,
    outbox,
    pushes,
    registers,
    reports,
    revocations,
    selftest,
    supervision,
    terminations,
)

__all__ = [
    "certificates",
    "deliveries",
    "evaluations",
    "funeral",
    "holds",
    "notices",
    "outbox",
    "pushes",
    "registers",
    "reports",
    "revocations",
    "selftest",
    "supervision",
    "terminations",
]
