"""Nginx syntax: dumps are read as nginx reads them."""

from __future__ import annotations

import pytest

from fixtures.nginx_syntax import Directive, effective, location_of, parse, seconds, server_of

DUMP = """\
# configuration file /etc/nginx/nginx.conf:
error_log /var/log/nginx/error.log warn;  # a } in a comment
http {
    include mime.types;
    include /etc/nginx/conf.d/*.conf;
    proxy_read_timeout 5m;
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    log_format main '$remote_addr "$request"; {}';
}

# configuration file /etc/nginx/mime.types:
types { text/html html htm; }

# configuration file /etc/nginx/conf.d/a.conf:
server {
    listen 127.0.0.1:80;
    location / { return 200 "a;b\\n"; }
    location /ws/ { proxy_read_timeout 1h 30m; }
    location ^~ /safe/ { deny all; }
    location = /ws/one { proxy_read_timeout 1s; }
    location ~* '\\.(js|css){1}$' { expires ${when}; }
}
server { listen [::]:443 ssl; listen 8443; }
server { listen 443 default_server; server_name b; }
"""


def test_includes_stand_where_they_are_named() -> None:
    """The files of an include replace it, in order."""
    directives = parse(DUMP)

    assert [one.name for one in directives] == ["error_log", "http"]
    assert [one.name for one in directives[1].block] == [
        "types",
        "server",
        "server",
        "server",
        "proxy_read_timeout",
        "map",
        "log_format",
    ]


def test_quoted_marks_are_text() -> None:
    """A brace or semicolon in quotes ends nothing."""
    directives = parse('a \'x;{}\' b\\;c ${d}e ""; f "}" { g; }')

    assert directives == [
        Directive("a", ("x;{}", "b\\;c", "${d}e", "")),
        Directive("f", ("}",), (Directive("g", ()),)),
    ]


def test_a_block_without_end_is_no_dump() -> None:
    """A dump that is cut raises."""
    with pytest.raises(ValueError, match="does not end"):
        parse("http { a b;")


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        ("/ws/x?y=.js", ("/ws/",)),
        ("/ws/one", ("=", "/ws/one")),
        ("/ws/x.JS", ("~*", "\\.(js|css){1}$")),
        ("/safe/x.js", ("^~", "/safe/")),
        ("/other", ("/",)),
    ],
)
def test_location(path: str, chosen: tuple[str, ...]) -> None:
    """Exact before ^~ before regular expression before the longest prefix."""
    location = location_of(server_of(parse(DUMP), 80).directives, path)

    assert location is not None
    assert location.args[0] == chosen[0]


def test_the_default_server_of_a_port_is_chosen() -> None:
    """default_server wins over order; other ports keep their own server."""
    directives = parse(DUMP)

    assert server_of(directives, 443).directives[-1].args == ("b",)
    assert server_of(directives, 8443).directives[0].args == ("[::]:443", "ssl")
    with pytest.raises(LookupError):
        server_of(directives, 81)


def test_directives_are_inherited() -> None:
    """The innermost level that gives a directive gives it alone."""
    server = server_of(parse(DUMP), 80)

    assert [one.args for one in effective(server, "/ws/", "proxy_read_timeout")] == [("1h", "30m")]
    assert [one.args for one in effective(server, "/", "proxy_read_timeout")] == [("5m",)]
    assert [one.args[0] for one in effective(server, "/", "error_log")] == [
        "/var/log/nginx/error.log"
    ]
    assert effective(server, "/", "proxy_send_timeout") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("7d", 604800), ("168h", 604800), ("1w", 604800), ("604800", 604800), ("1h 30m", 5400),
     ("250ms", 0.25)],
)  # fmt: skip
def test_seconds(text: str, value: float) -> None:
    """Times are sums of numbers with units; seconds without."""
    assert seconds(text) == value


def test_what_is_no_time_raises() -> None:
    """A word is no time."""
    with pytest.raises(ValueError, match="no time"):
        seconds("soon")
