"""No number of a person reaches a log line, whatever brings it there."""

from __future__ import annotations

import io
import logging

import pytest

from web.redaction import RedactingFormatter, redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("证件号码11010519491231002X无法识别", "证件号码****************2X无法识别"),
        ("id='440524188001010014'", "id='****************14'"),
        ("电话：13912345678。", "电话：*********78。"),
        ("6222021001116245702", "*****************02"),
        ("case 0f3c2b1a9d8e7f6a5b4c3d2e1f0a9b8c", "case 0f3c2b1a9d8e7f6a5b4c3d2e1f0a9b8c"),
        ("2026-11-22T02:03:04.000005Z in 1234567 µs", "2026-11-22T02:03:04.000005Z in 1234567 µs"),
    ],
)
def test_numbers_of_persons_are_masked_and_others_are_not(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_tracebacks_are_masked_too() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("%(message)s"))
    logger = logging.getLogger("tests.redaction")
    logger.addHandler(handler)
    try:
        raise ValueError("no such person: 11010519491231002X")
    except ValueError:
        logger.exception("job of %s failed", "13912345678")
    logger.removeHandler(handler)
    assert "11010519491231002X" not in stream.getvalue() and "13912345678" not in stream.getvalue()
    assert "ValueError" in stream.getvalue()
