"""Every route of the desk hangs on one blueprint; importing this module hangs them there."""

from __future__ import annotations

from web.desk import case_page, comments, diagrams, list_page, task_acts, task_page
from web.desk.blueprint import blueprint

__all__ = ["blueprint", "case_page", "comments", "diagrams", "list_page", "task_acts", "task_page"]
