"""Brings the window's pages together: importing them hangs their routes on the blueprint."""

from __future__ import annotations

from web.window import acts, checklist, counter, printing, report
from web.window.blueprint import blueprint

__all__ = ["acts", "blueprint", "checklist", "counter", "printing", "report"]
