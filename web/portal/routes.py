"""The families' pages: importing this module hangs all of them on the blueprint."""

from __future__ import annotations

from web.portal import (
    application_routes,
    case_routes,
    delivery_routes,
    lookup_routes,
    material_routes,
    report_routes,
    request_routes,
    start_routes,
    task_routes,
    visit_routes,
)
from web.portal.blueprint import blueprint

__all__ = [
    "application_routes",
    "blueprint",
    "case_routes",
    "delivery_routes",
    "lookup_routes",
    "material_routes",
    "report_routes",
    "request_routes",
    "start_routes",
    "task_routes",
    "visit_routes",
]
