"""The domain: Python service tasks and the rules they guard, a subject a file.

Importing this package registers every worker.
"""

from tasks import certificates, funeral, holds, reports, selftest

__all__ = ["certificates", "funeral", "holds", "reports", "selftest"]
