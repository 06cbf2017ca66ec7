"""The domain: Python service tasks and the rules they guard, a subject a file.

Importing this package registers every worker.
"""

from tasks import (
    certificates,
    funeral,
    holds,
    notices,
    outbox,
    pushes,
    registers,
    reports,
    selftest,
    supervision,
)

__all__ = [
    "certificates",
    "funeral",
    "holds",
    "notices",
    "outbox",
    "pushes",
    "registers",
    "reports",
    "selftest",
    "supervision",
]
