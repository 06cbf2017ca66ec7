"""The pages of this package: importing this module hangs all of them on the blueprint."""

from __future__ import annotations

from web.access import account_routes, family_routes, language_routes, oidc_routes, staff_routes, unmasking_routes
from web.access.blueprint import blueprint

__all__ = [
    "account_routes",
    "blueprint",
    "family_routes",
    "language_routes",
    "oidc_routes",
    "staff_routes",
    "unmasking_routes",
]
