"""Inner HTTP: what a probe's exchange says as an answer."""

from __future__ import annotations

from fixtures.inner_http import parsed
from fixtures.probe_answers import Exchange


def test_answer_is_read() -> None:
    """Status, headers and body, as they came."""
    text = "HTTP/1.1 204 No Content\r\nX-Instance: a\r\nX-Other:b\r\n\r\nrest"
    answer = parsed(Exchange("answered", None, (text,), 0.1))

    assert (answer.status, answer.version, answer.body) == (204, "HTTP/1.1", b"rest")
    assert (answer.first("x-instance"), answer.first("x-other")) == ("a", "b")


def test_what_is_no_http_says_so() -> None:
    """Other words than an answer's stay what they are."""
    assert parsed(Exchange("answered", None, ("+PONG\r\n",), 0.1)).status == "no HTTP"
    assert parsed(Exchange("answered", None, ("",), 0.1)).status == "no HTTP"
    assert parsed(Exchange("refused", "ECONNREFUSED", (), 0.1)).status == "refused"
