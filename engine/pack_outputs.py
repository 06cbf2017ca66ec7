"""What a pack sends out beyond the library's own: papers made from the application, and fields of pushes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from engine.pack_types import Citation, DottedName, FactPath, Line, Name, Part, Standing, Text


class Paper(Part):
    """A form of a department that is printed, filled in, from the joint application, and never filled in by itself.

    ``form`` lays it out: its fields have the keys of the application and of the deceased (``deceased.name``). It is
    printed where one of ``items`` was applied for, then signed. Rule: C-23.
    """

    name: Line
    form: Name
    items: Annotated[tuple[Name, ...], Field(min_length=1)]
    basis: tuple[Citation, ...] = ()
    status: Standing
    note: Text | None = None

    @model_validator(mode="after")
    def _check_basis(self) -> Paper:
        if self.status == "stated" and not self.basis:
            raise ValueError("status stated needs a citation in basis")
        return self


class PushFields(Part):
    """What a push of one ``kind`` tells one ``receiver`` here: these ``fields``, and none of the library's list.

    Kind and receiver are those of a push that the library has; the fields are among those that it knows. The cause of
    a death leaves health and police only where ``status`` is stated. Rule: C-28, INV-9.
    """

    kind: DottedName
    receiver: DottedName
    fields: Annotated[tuple[FactPath, ...], Field(min_length=1)]
    basis: tuple[Citation, ...] = ()
    status: Standing

    @model_validator(mode="after")
    def _check_basis(self) -> PushFields:
        if self.status == "stated" and not self.basis:
            raise ValueError("status stated needs a citation in basis")
        return self
