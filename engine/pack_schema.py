"""The schema of ``pack.yaml``: what a pack says about itself besides its diagrams, tables and forms.

Everything that others refer to is a mapping by its id, so that an id stands once and an overlay can replace one entry.
References between entries (an item's department, a citation's source) are checked by ``engine.lint.manifest``, because
they may point into the manifest of a base.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from engine.pack_outputs import Paper, PushFields
from engine.pack_types import (
    ChoiceValue,
    Citation,
    ComponentId,
    ComponentText,
    Day,
    DottedName,
    ErrorCode,
    FactPath,
    GroupName,
    Line,
    Name,
    PackCode,
    Part,
    Region,
    SourceKey,
    Standing,
    SwitchId,
    Text,
    ValueType,
    VariableName,
)


def _widen_type(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


class Names(Part):
    """What people call the pack: ``short`` in lists (云泽), ``official`` in headings (云泽县个人身后“一件事”)."""

    short: Line
    official: Line


class Effective(Part):
    """The days on which the rules are in force, both included; no ``until`` means without an end."""

    from_: Day = Field(alias="from")
    until: Day | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Effective:
        if self.until is not None and self.until < self.from_:
            raise ValueError("until lies before from")
        return self


class Source(Part):
    """A document that rules cite: 云泽县推进个人身后“高效办成一件事”实施方案."""

    title: Line
    number: Line | None = None
    date: Day | None = None
    issuer: Line | None = None
    note: Text | None = None


class Fee(Part):
    """What the service costs the family, said of the whole pack; a pack without it claims nothing.

    ``note`` says in the document's own words what is charged, or that nothing is (全程无收费).
    """

    charged: bool
    note: Line
    basis: tuple[Citation, ...] = ()
    status: Standing

    @model_validator(mode="after")
    def _check_basis(self) -> Fee:
        if self.status == "stated" and not self.basis:
            raise ValueError("status stated needs a citation in basis")
        return self


class Clause(Part):
    """One thing that the guide tells a family, in plain words: a condition, or a step of the way."""

    text: Text
    basis: tuple[Citation, ...] = ()
    status: Standing

    @model_validator(mode="after")
    def _check_basis(self) -> Clause:
        if self.status == "stated" and not self.basis:
            raise ValueError("status stated needs a citation in basis")
        return self


class Leaflet(Part):
    """What the guide says besides items, documents and channels: who may apply (办理条件), and the way (流程)."""

    conditions: tuple[Clause, ...] = ()
    steps: tuple[Clause, ...] = ()


class Channel(Part):
    """A way in for families. ``open`` is the local switch: false shows the channel as not offered (yet)."""

    name: Line
    kind: Literal["online", "window", "phone", "agent", "home_visit", "institution"]
    address: Line | None = None
    phone: Line | None = None
    hours: Line | None = None
    open: bool = True


class Group(Part):
    """Who may work a user task (a candidate group) and who answers for an item (a department).

    The key of a role within a department says both: ``funeral.clerk``. A ``public`` group is of people outside the
    office, who do steps of their own; a desk's queues keep what they may do apart.
    """

    name: Line
    kind: Literal["department", "role", "public"] = "role"


class Declared(Part):
    """The type of a value that comes from outside; ``sensitive`` values are sealed and no expression may read them.

    In YAML the type alone will do: ``manner: string``.
    """

    type: ValueType
    sensitive: bool = False
    description: Text | None = None


Declaration = Annotated[Declared, BeforeValidator(_widen_type)]


class MessageType(Part):
    """A message that the outside (or another instance) may send; the key is its BPMN message name.

    ``correlation`` says in words what the correlation key is, None when the case alone identifies the receiver.
    ``variables`` is what the message brings into the process; the sensitive ones go into none, but sealed to the case,
    under the path ``facts``. ``senders`` are the groups that may publish it; with none it is only for the engine's own
    workers and an operator. A message with a ``form`` is submitted like one: its values go to the case facts under the
    path ``facts``, the sensitive ones sealed, and mappings see the others.
    """

    name: Line
    description: Text
    correlation: Line | None = None
    senders: tuple[GroupName, ...] = ()
    variables: Mapping[VariableName, Declaration] = Field(default_factory=dict)
    form: Name | None = None
    facts: FactPath | None = None

    @model_validator(mode="after")
    def _check_form(self) -> MessageType:
        if self.form is not None and self.variables:
            raise ValueError("a message has a form or variables: the form's fields are what it brings")
        if self.facts is not None and self.form is None and not any(one.sensitive for one in self.variables.values()):
            raise ValueError("facts says where a form's values or sensitive variables go: there are none")
        return self


class ExternalJob(Part):
    """A job type that a system outside serves over the API: what it reads, what it returns, how it may fail.

    Sensitive outputs go sealed to the case, under ``answers.<type>``, and into no process; so does what is said to an
    error, as ``answers.<type>.error``.
    """

    description: Text
    inputs: tuple[VariableName, ...] = ()
    outputs: Mapping[VariableName, Declaration] = Field(default_factory=dict)
    errors: Mapping[ErrorCode, Text] = Field(default_factory=dict)


class Handling(Part):
    """Who handles an item: the department's clerks, or its own system by a job, with the clerks behind it.

    ``clerk`` and ``reviewer`` are groups; a reviewer approves what the clerk decided, where money is paid.
    """

    by: Literal["clerk", "system"]
    clerk: GroupName
    reviewer: GroupName | None = None
    job: DottedName | None = None

    @model_validator(mode="after")
    def _check_job(self) -> Handling:
        if (self.by == "system") != (self.job is not None):
            raise ValueError("a job belongs to by: system, and only there")
        return self


class Item(Part):
    """A public service (事项) that the pack offers; the key is the item code shared by all packs.

    ``limit_working_days`` None means that the documents give no number. ``requires`` names items that must be done
    first. ``result`` is what the family has in the end (办理结果). ``status`` says how well the documents support the
    entry; ``stated`` needs at least one citation. A ``tracked`` item is what another process of the case does (a
    certificate, the cremation); every other one needs ``handling``. ``pays`` says that money leaves, so that a
    second person approves. An ``automatic`` item is what a department stops or seals by itself when it is told of
    the death (P-7): nobody applies for it or handles it.
    """

    name: Line
    plain: Line
    department: Name
    standard_code: Line | None = None
    limit_working_days: Annotated[int, Field(ge=0, le=366)] | None = None
    requires: tuple[Name, ...] = ()
    basis: tuple[Citation, ...] = ()
    status: Standing
    aliases: tuple[Line, ...] = ()
    result: Line | None = None
    note: Text | None = None
    tracked: bool = False
    automatic: bool = False
    pays: bool = False
    handling: Handling | None = None

    @model_validator(mode="after")
    def _check_basis(self) -> Item:
        if self.status == "stated" and not self.basis:
            raise ValueError("status stated needs a citation in basis")
        return self

    @model_validator(mode="after")
    def _check_handling(self) -> Item:
        if self.tracked and self.handling:
            raise ValueError("a tracked item is handled by its own process: take handling out")
        if self.automatic and (self.tracked or self.pays or self.handling):
            raise ValueError("an automatic item comes by itself: take tracked, pays and handling out")
        if self.pays and (self.handling is None or self.handling.reviewer is None):
            raise ValueError("an item that pays needs handling with a reviewer")
        return self


def _check_switch_value(value: object) -> object:
    parts = value if isinstance(value, list) else [value]
    if all(isinstance(part, bool | int | str) for part in parts):
        return value
    raise ValueError("write a word, a whole number, true or false, or a list of words")


SwitchValue = Annotated[bool | int | str | tuple[str, ...], BeforeValidator(_check_switch_value)]


class Confirmation(Part):
    """That an authority decided an open point: who it was, on which day, in which document (湘民函〔2026〕12号)."""

    by: Line
    on: Day
    document: Line


class Switch(Part):
    """A point that the documents leave open, decided here until the authority confirms it; the key is its C-number.

    With ``options`` (value → Chinese label) the value must be one of them, or a list of them. ``class: safety`` keeps
    a pack from going live while its status is 待确认; 已确认 says by whom, when and where in ``confirmed``.
    """

    title: Line
    key: DottedName | None = None
    value: SwitchValue
    default: SwitchValue
    options: Mapping[str, Line] = Field(default_factory=dict)
    source: tuple[Citation, ...] = ()
    status: Literal["待确认", "已确认"]
    class_: Literal["policy", "safety"] = Field(alias="class")
    confirmed: Confirmation | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _check_confirmed(self) -> Switch:
        if self.status == "已确认" and self.confirmed is None:
            raise ValueError("status 已确认 needs confirmed: by, on, document")
        if self.status == "待确认" and self.confirmed is not None:
            raise ValueError("confirmed belongs to status 已确认")
        return self

    @model_validator(mode="after")
    def _check_options(self) -> Switch:
        for word, value in (("value", self.value), ("default", self.default)):
            chosen = value if isinstance(value, tuple) else (value,)
            unknown = [str(v) for v in chosen if self.options and v not in self.options]
            if unknown:
                raise ValueError(f"{word} {', '.join(unknown)} is not among the options {', '.join(self.options)}")
        return self


class FormVariation(Part):
    """What is different about a form of the base here; the key is the form's id, the names are its components' ids.

    ``texts`` gives other words to a component, or to its description as ``<id>.description``; ``without`` leaves
    components out, with all that is in them; ``choices`` are those of one field instead of the form's: value → words.
    ``provisional`` marks every field: the authority's own form is not known yet.
    """

    texts: Mapping[ComponentText, Text] = Field(default_factory=dict)
    without: tuple[ComponentId, ...] = ()
    choices: Mapping[ComponentId, Mapping[ChoiceValue, Line]] = Field(default_factory=dict)
    provisional: bool = False


class Manifest(Part):
    """A whole ``pack.yaml``, or several merged along ``extends`` (``engine.manifests``).

    ``version`` is a label for people (2025.1); what identifies a release is its content. A ``library`` is only a base
    for other packs and is never published. ``main`` is the id of the main process, ``effective`` the days of the rules,
    ``limit_working_days`` the limit of the whole case, ``fee`` what it costs the family, ``guide`` what the guide
    tells besides. ``messages`` are keyed by BPMN
    message name, ``variables`` names what a start command may put into a new process instance, ``facts`` names case
    facts by dotted path without the leading ``case`` that no form of the pack declares, ``jobs`` the job types that
    outside systems serve, ``forms`` what is different about the base's forms, ``papers`` and ``pushes`` what goes out.
    """

    code: PackCode
    names: Names
    version: Annotated[Line, StringConstraints(max_length=64)] | None = None
    library: bool = False
    region: Region | None = None
    extends: PackCode | None = None
    main: Name | None = None
    effective: Effective | None = None
    hotline: Line | None = None
    limit_working_days: Annotated[int, Field(ge=1, le=366)] | None = None
    fee: Fee | None = None
    guide: Leaflet = Leaflet()
    sources: Mapping[SourceKey, Source] = Field(default_factory=dict)
    channels: Mapping[Name, Channel] = Field(default_factory=dict)
    groups: Mapping[GroupName, Group] = Field(default_factory=dict)
    messages: Mapping[DottedName, MessageType] = Field(default_factory=dict)
    variables: Mapping[VariableName, Declaration] = Field(default_factory=dict)
    facts: Mapping[FactPath, Declaration] = Field(default_factory=dict)
    jobs: Mapping[DottedName, ExternalJob] = Field(default_factory=dict)
    items: Mapping[Name, Item] = Field(default_factory=dict)
    forms: Mapping[Name, FormVariation] = Field(default_factory=dict)
    papers: Mapping[Name, Paper] = Field(default_factory=dict)
    pushes: Mapping[Name, PushFields] = Field(default_factory=dict)
    switches: Mapping[SwitchId, Switch] = Field(default_factory=dict)

    @property
    def takes_online(self) -> bool:
        """Whether a family may apply without coming: a channel on line is open."""
        return any(channel.kind == "online" and channel.open for channel in self.channels.values())

    @property
    def offered(self) -> dict[str, Item]:
        """The items that a family may choose, in the manifest's order: all that do not come by themselves."""
        return {code: item for code, item in self.items.items() if not item.automatic}
