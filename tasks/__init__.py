"""The domain: Python service tasks and the rules they guard, a subject a file.

Importing this package registers every worker.
"""

from tasks import selftest

__all__ = ["selftest"]
