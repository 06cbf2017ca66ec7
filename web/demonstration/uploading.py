"""Puts sample documents in place of the files that a scenario only names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from web.demonstration.samples import sample
from web.services import Services
from web.store.uploads import keep_upload

NAMED = "files::"


@dataclass(slots=True)
class Uploader:
    """Uploads for one form. ``materials`` are the documents that its rows are about; empty for any other form.

    ``kept`` are the ids of what was uploaded.
    """

    own: Services
    case_id: str
    by: str
    step: str
    materials: Sequence[Any] = ()
    kept: list[str] = field(default_factory=list)

    def exchange(self, value: Any, row: int | None = None) -> Any:
        """``value`` with a fresh upload for every named file."""
        if isinstance(value, dict):
            return {name: self.exchange(part, row) for name, part in value.items()}
        if isinstance(value, list):
            places = [place if isinstance(part, dict) else row for place, part in enumerate(value)]
            return [self.exchange(part, place) for part, place in zip(value, places, strict=True)]
        return [self._upload(row)] if isinstance(value, str) and value.startswith(NAMED) else value

    def _upload(self, row: int | None) -> str:
        material = self.materials[row] if self.materials and row is not None else None
        title = material.name if material is not None else f"{self.step}附件"
        page = sample(title, "pdf" if len(title) % 3 == 0 else "png")
        material_id = material.id if material is not None else None
        stored = keep_upload(self.own, page, case_id=self.case_id, by=self.by, material_id=material_id)
        self.kept.append(stored.id)
        return str(stored.id)
