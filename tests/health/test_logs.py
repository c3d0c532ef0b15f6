"""What a line of the log says, and whom it never names."""

import json
import logging
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarisblog.health.logs import JsonFormatter, LineFormatter, request_id, scrubbed
from tests.growing import growth

PERSONAL = [
    "SMTPRecipientsRefused({'ada.lovelace+blog@mail.example.org': (550, b'no')})",
    "connection from 203.0.113.9 refused",
    "connection from [2001:db8::7]:443 and ::1, fe80::1%eth0",
    "GET https://blog.example/search/?q=how+to+leave&page=2 failed",
    "DETAIL: Key (username)=(ada) already exists.",
]


def record(message: str, *args: object, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("polarisblog.x", logging.ERROR, "x.py", 1, message, args, None)
    made.__dict__.update(more)
    return made


@pytest.mark.parametrize("text", PERSONAL)
def test_nobody_is_named(text: str) -> None:
    for formatter in (JsonFormatter(), LineFormatter("%(levelname)s %(name)s: %(message)s")):
        line = formatter.format(record("%s", text))
        for secret in ("ada", "203.0", "2001:db8", "::1", "fe80", "leave"):
            assert secret not in line


@pytest.mark.parametrize(
    "text",
    [
        "at 12:34:56 and 1:02:03",
        "SELECT 1 WHERE a = ?",
        "version 3.11.7",
        "ab:cd",
        "really?",
        ":",
        "x::y",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert scrubbed(text) == text


def test_a_json_line_says_what_happened_during_which_request() -> None:
    mark = request_id.set("abcdefgh")
    try:
        raise ValueError("ada@example.org from 203.0.113.9")
    except ValueError:
        line = JsonFormatter().format(
            record("it broke", exc_info=sys.exc_info(), facts={"route": "/", "status": 500})
        )
    finally:
        request_id.reset(mark)
    told = json.loads(line)
    assert "\n" not in line
    assert told["request"] == "abcdefgh"
    assert (told["level"], told["route"], told["exception"]) == ("error", "/", "ValueError")
    assert "test_logs.py" in told["trace"]
    assert "ada@" not in line
    assert "203." not in line


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("@.:=?%(){}/ 1aF\n")))
def test_any_text_makes_one_line_in_time(text: str) -> None:
    assert "\n" not in JsonFormatter().format(record("%s", text))


def test_long_texts_cost_little() -> None:
    for piece in ("a@", "1.", ":a", "x?a=", ")=(", "a.b@c.", "::", "%", "aF:"):
        assert growth(scrubbed, piece, most=100_000) < 3, piece
