"""What a scenario may expect, and the words that all of a scenario is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from engine.pack_types import FactPath, Line, Name

Requirement = Annotated[str, StringConstraints(pattern=r"^(H|Y|G|S|T|C|P|INV)-[0-9]{1,2}[a-z]?$")]
Element = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\[(#[1-9][0-9]?|[^\[\]#]{1,80})\])?$")]
JobName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]*(\[[^\[\]]{1,80}\])?$")]
As = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?(#[0-9A-Za-z_-]{1,40})?$")]
ItemStatus = Literal[
    "none",
    "dormant",
    "processing",
    "supplement",
    "paying",
    "done",
    "refused",
    "withdrawn",
    "offline",
    "not_applicable",
]


class Part(BaseModel):
    """Base of every part: closed and unchangeable; a number written for a text is taken as text."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, coerce_numbers_to_str=True, str_strip_whitespace=True, populate_by_name=True
    )


class Dispatch(Part):
    """Pushes and notices that must be in the outbox; what is left out may be anything. ``count`` None: at least one."""

    kind: Literal["push", "notice"] | None = None
    receiver: Line | None = None
    subject: Line | None = None
    item: Line | None = None
    status: Literal["queued", "delivered", "recalled"] | None = None
    count: Annotated[int, Field(ge=0)] | None = None


class Expectation(Part):
    """What must be so. ``open``, ``jobs`` and ``outbox`` name what is there among other things; the lists
    ``incidents``, ``referrals``, ``supervision`` and ``deliveries`` are whole."""

    status: Literal["open", "closed", "cancelled"] | None = None
    open: tuple[Element, ...] = ()
    not_open: tuple[Element, ...] = ()
    jobs: tuple[JobName, ...] = ()
    held: bool | None = None
    cremated: bool | None = None
    facts: Mapping[FactPath, Any] = Field(default_factory=dict)
    items: Mapping[Name, ItemStatus] = Field(default_factory=dict)
    due_on: Mapping[Name, Line] = Field(default_factory=dict)
    materials: Mapping[Line, Line] = Field(default_factory=dict)
    certificates: Mapping[Name, Literal["none", "recorded", "valid", "superseded", "revoked"]] = Field(
        default_factory=dict
    )
    payments: Mapping[Name, Literal["none", "ordered", "paid", "returned", "cancelled"]] = Field(default_factory=dict)
    terminations: Mapping[Name, Literal["none", "applied", "reversed"]] = Field(default_factory=dict)
    outbox: tuple[Dispatch, ...] = ()
    incidents: tuple[Element, ...] | None = None
    referrals: tuple[Name, ...] | None = None
    supervision: tuple[Name, ...] | None = None
    deliveries: tuple[Name, ...] | None = None
