"""What the parts of a ``pack.yaml`` are made of: texts, names, days and codes, and the part that all others extend."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\r\n]*$")]
PackCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
DottedName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$", max_length=120)]
SourceKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]
ErrorCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,79}$")]
SwitchId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}-[0-9]{2,3}$")]
GroupName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", max_length=80)]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w{0,79}$")]
ComponentId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w-]{0,119}$")]
ComponentText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w-]{0,119}(\.description)?$")]
ChoiceValue = Annotated[str, StringConstraints(pattern=r"^[^\r\n]{1,80}$")]
FactPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$", max_length=200)]
ValueType = Literal[
    "string", "number", "boolean", "date", "time", "date and time", "duration", "list", "context", "any"
]
Standing = Literal["stated", "inferred", "assumed"]

_PROVINCE = re.compile(r"1[1-5]|2[123]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")


def _check_region(code: str) -> str:
    if not re.fullmatch(r"[0-9]{6}", code) or not _PROVINCE.match(code):
        raise ValueError("this is not a GB/T 2260 code of six digits, such as 430000")
    return code


def _read_date(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return value
    raise ValueError("write the date as YYYY-MM-DD")


Region = Annotated[str, AfterValidator(_check_region)]
Day = Annotated[datetime.date, BeforeValidator(_read_date)]


class Part(BaseModel):
    """Base of every part: closed, unchangeable, strings trimmed; a number written for a string is taken as text."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, str_strip_whitespace=True)


class Citation(Part):
    """Where a rule is written: the key of a source, the section in it, and our requirement number if there is one."""

    source: SourceKey
    section: Line
    requirement: Line | None = None
