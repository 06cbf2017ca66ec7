"""The workers behind service tasks, and the rules that they guard: a subject a file.

Importing this package registers all of them; a new file is named here.
"""

from tasks import selftest

__all__ = ["selftest"]
