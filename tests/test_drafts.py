"""Drafts: what is promised first of a stack, from its compose file and its configurations."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures import (
    drafted_balancers,
    drafted_parts,
    drafted_routes,
    drafted_servers,
    drafted_services,
    drafts,
)
from fixtures.drafted_servers import Told
from fixtures.drafts import Draft

ROOT = Path(__file__).parents[1]
SHOP = ROOT / "tests" / "stacks" / "shop"


def by_id(found: Iterable[Draft]) -> dict[str, dict[str, Any]]:
    return {one.id: dict(one.expect) for one in found}


def of_service(**service: Any) -> dict[str, dict[str, Any]]:
    return by_id(drafted_services.of({"services": {"web": service}}, Path("/shop")))


def test_only_what_stays_is_promised_to_run() -> None:
    """A one-off ends, and replicas are more than one."""
    assert "services" in of_service(restart="always")
    assert "services" not in of_service()
    assert "services" not in of_service(restart="always", deploy={"replicas": 2})


def test_a_health_check() -> None:
    """Its period is measured; where it is long, only its settings are drafted."""
    check = {"test": ["CMD", "true"], "interval": "1m30s", "timeout": "500ms", "retries": 4}

    found = of_service(healthcheck=check)

    assert found["web-health-period"] == {"service": "web", "interval_seconds": 90}
    assert found["web-health-timeout"] == {"service": "web", "timeout_seconds": 0.5}
    assert found["web-health-retries"] == {"service": "web", "retries": 4}
    assert "web-health-period" not in of_service(healthcheck=check | {"interval": "1h"})
    assert of_service(healthcheck={"test": ["NONE"], "interval": "1s"}) == {}
    assert of_service(healthcheck=check | {"disable": True}) == {}


def test_ports() -> None:
    """Those that are the same at each start, on every address; a name leads to each."""
    ports = [
        {"target": 80, "published": "8080", "protocol": "tcp"},
        {"target": 53, "published": "53", "protocol": "udp"},
        {"target": 81, "published": "8081", "protocol": "tcp", "host_ip": "127.0.0.1"},
    ]

    found = of_service(ports=ports, networks={"front": None})

    assert found["web-port-80"] == {"service": "web", "port": 80, "host_port": 8080}
    assert found["web-port-53-udp"]["protocol"] == "udp"
    assert "web-port-81" not in found
    assert found["published-ports"] == {"published": {"web": [53, 8080, 8081]}}
    assert found["web-name-front-81"]["network"] == "front"
    assert "web-name-front-53" not in found
    assert "published-ports" not in of_service(ports=[{"target": 80, "protocol": "tcp"}])


def test_limits_and_policy() -> None:
    """Memory from either place of the compose file."""
    found = of_service(mem_limit="1048576", restart="always", depends_on={"db": {}})
    deployed = of_service(deploy={"resources": {"limits": {"memory": "2097152"}}})

    assert found["web-memory"]["memory_bytes"] == 1048576
    assert found["web-restart-policy"]["policy"] == "always"
    assert found["web-depends-on"]["services"] == ["db"]
    assert deployed["web-memory"]["memory_bytes"] == 2097152


def test_networks_and_volumes() -> None:
    """External ones are others' business."""
    config = {
        "services": {"a": {"networks": {"n": None, "x": None}}, "b": {"networks": {"n": None}}},
        "networks": {"n": {}, "x": {"external": True}, "empty": {}},
        "volumes": {"plain": None, "ram": {"driver_opts": {"type": "tmpfs", "device": "tmpfs"}}},
    }

    found = by_id(drafted_parts.of(config))

    assert set(found) == {"network-n-driver", "network-n-members", "volume-ram-options"}
    assert found["network-n-members"] == {"network": "n", "services": ["a", "b"]}
    assert found["volume-ram-options"]["driver"] == "local"


def redis(conf: str, *words: str, ports: bool = True) -> Told:
    service = {"image": "redis:7", "ports": [{"target": 6379}] if ports else []}
    raw = {"command": ["redis-server", "/redis.conf", *words]}
    return Told("cache", service, raw, {"/redis.conf": conf})


def test_redis() -> None:
    """Settings of its file and its command, which wins; sizes in bytes."""
    told = redis("maxmemory 1mb\nappendonly no\n# appendfsync always\n", "--appendonly", "yes")

    found = by_id(drafted_servers.redis(told, {}))

    server = {"service": "cache", "protocol": "redis", "port": 6379}
    assert found["cache-maxmemory"] == {
        "server": server, "setting": "maxmemory", "value": "1048576",
    }  # fmt: skip
    assert found["cache-append-only"] == {"server": server, "append_only": True}
    assert found["cache-release"] == {"server": server, "major": 7}
    assert "cache-appendfsync" not in found


def test_redis_with_a_password() -> None:
    """Only a variable of .env can be named; a password in the file opens nothing for us."""
    named = redis("", "--requirepass", "${PASS:?set it}")
    literal = redis("requirepass secret\nmaxmemory 1mb")

    found = by_id(drafted_servers.redis(named, {"PASS": "x"}))

    assert found["cache-refuses"]["server"]["password"] == "PASS"
    assert by_id(drafted_servers.redis(named, {})) == {}
    assert by_id(drafted_servers.redis(literal, {})) == {}


def test_redis_behind_a_socket() -> None:
    """Its mode is seen without a published port."""
    told = redis("port 0\nunixsocket /run/r.sock\nunixsocketperm 770\n", ports=False)

    found = by_id(drafted_servers.redis(told, {}))

    assert found == {
        "cache-socket-r-sock": {"mode": "0770", "sockets": {"cache": "/run/r.sock"}},
    }


def test_postgres_wants_variables() -> None:
    """An account that the compose file spells out cannot be named."""
    service = {"image": "pgvector/pgvector:pg16", "ports": [{"target": 5432}]}
    raw = {"environment": {"POSTGRES_USER": "${U:-me}", "POSTGRES_PASSWORD": "$P"}}
    told = Told("db", service, raw, {})

    found = by_id(drafted_servers.postgres(told, {"U": "a", "P": "b"}))

    server = {"service": "db", "protocol": "postgresql", "port": 5432, "user": "U", "password": "P"}
    assert found["db-store"] == {"server": server}
    assert found["db-release"]["major"] == 16
    assert "db-served" not in found
    assert by_id(drafted_servers.postgres(told, {"P": "b"})) == {}


def test_haproxy_sockets() -> None:
    """Binds and statistics sockets that have a mode."""
    conf = "global\n  stats socket /run/s.sock mode 600 level admin\nfrontend f\n  bind :80\n"
    told = Told("lb", {"image": "haproxy:2"}, {}, {"/h.cfg": conf + "  bind unix@/f.sock mode 660"})

    found = by_id(drafted_servers.haproxy(told))

    assert found["lb-socket-s-sock"]["mode"] == "0600"
    assert found["lb-socket-f-sock"]["sockets"] == {"lb": "/f.sock"}


def test_haproxy_routes() -> None:
    """A frontend with one server behind it, whatever is asked; nothing where more decides."""
    conf = """
    global
    defaults
      mode http
    frontend all
      bind *:80
      default_backend app
    frontend some
      bind :81
      acl api path_beg /api
      use_backend app if api
      default_backend app
    listen stats
      bind :82
      stats enable
    listen both
      bind :83
      server a app:3000
      server b api-1:3000
    backend app
      balance roundrobin
      server one api-1:8000 check
    """
    ports = [{"target": port} for port in (80, 81, 82, 83)]
    told = Told("lb", {"image": "haproxy:2", "ports": ports}, {}, {"/h.cfg": conf})

    found = by_id(drafted_balancers.of(told, {"app": "app", "api-1": "api"}))

    assert found == {
        "lb-route-all": {
            "service": "lb", "port": 80, "paths": ["/"], "arrives_at": "api", "on_port": 8000,
        }
    }  # fmt: skip


def nginx(conf: str, path: str = "/etc/nginx/nginx.conf") -> dict[str, dict[str, Any]]:
    told = Told("web", {"image": "nginx:1.27", "ports": [{"target": 80}]}, {}, {path: conf})
    return by_id(drafted_routes.of(told, {"app": "app", "api-1": "api"}))


def test_routes_that_nginx_answers_by_itself() -> None:
    """A text of its own, at a plain path of a published port."""
    conf = """
    http { server { listen 80 default_server;
        location = /health { return 200 "ok\\n"; }
        location /off { return 503 'closed'; }
        location /who { return 200 $host; }
        location /old { return 301 /new; }
        location ~ ^/x { return 200 x; }
        location / { proxy_pass http://app; }
    } server { listen 81; location = /a { return 200 a; } } }
    """

    found = nginx(conf)

    assert found == {
        "web-route-health": {
            "service": "web", "port": 80, "path": "/health", "status": 200, "body": "ok\n",
        },
        "web-route-off": {
            "service": "web", "port": 80, "path": "/off", "status": 503, "body": "closed",
        },
        "web-route-root": {
            "service": "web", "port": 80, "paths": ["/"], "arrives_at": "app", "on_port": 80,
        },
    }  # fmt: skip


def test_routes_to_backends() -> None:
    """The one service that a location passes on to, by any of its names; nothing that is unsure."""
    conf = """
    http { upstream one { server api-1:8000 max_fails=2; }
    upstream two { server app:1; server api-1:2; }
    server { listen 80;
        location /api/ { proxy_pass http://one/v1/; }
        location ^~ /named/ { proxy_pass http://app:3000; }
        location /shared/ { proxy_pass http://two; }
        location /outside/ { proxy_pass http://example.com; }
        location /varies/ { proxy_pass http://app:3000$uri; }
        location /inner/ { proxy_pass https://app:3000; }
        location /guarded/ { auth_request /ask; proxy_pass http://app:3000; }
        location /taken.php { proxy_pass http://app:3000; }
        location ~ [.]php$ { proxy_pass http://app:9000; }
    } }
    """

    found = nginx(conf)

    assert {key: (one["arrives_at"], one["on_port"]) for key, one in found.items()} == {
        "web-route-api": ("api", 8000),
        "web-route-named": ("app", 3000),
    }


def test_routes_of_a_file_in_conf_d() -> None:
    """The image's own nginx.conf includes it."""
    server = 'server { location = /a { return 200 "a"; } }'

    assert list(nginx(server, "/etc/nginx/conf.d/default.conf")) == ["web-route-a"]
    assert nginx("server {", "/etc/nginx/conf.d/default.conf") == {}


def test_what_is_written_is_read_back() -> None:
    """Every draft is marked, and a text of several lines stands in one."""
    made = Draft("a", "It says: yes.", "S: t", "route", "live", {"body": "ok\n", "n": [1]}, True)

    text = drafts.written([made], ["compose.yaml"])

    assert yaml.safe_load(text) == [
        {
            "id": "a", "says": "It says: yes.", "section": "S: t", "kind": "route",
            "level": "live", "expect": {"body": "ok\n", "n": [1]}, "drafted": True,
        }
    ]  # fmt: skip
    assert '"ok\\n"' in text
    assert text.startswith("# Drafted from compose.yaml.")


def test_the_same_is_promised_once() -> None:
    """What runs may show what the files say, too."""
    one = Draft("a", "s", "S", "unix-socket", "live", {"mode": "0770"})
    other = Draft("b", "t", "S", "unix-socket", "live", {"mode": "0770"})

    assert drafts.distinct([one, other, one]) == [one]


def init(folder: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "suites", "init", ".", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DOCKER_HOST": "tcp://127.0.0.1:1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def test_init_never_overwrites(tmp_path: Path) -> None:
    """Without --force; and without an engine, the files are enough."""
    shop = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    mine = (shop / "promises.yaml").read_text()

    code, said = init(shop)
    assert code == 2
    assert "promises.yaml: is there already; --force replaces it" in said
    assert (shop / "promises.yaml").read_text() == mine

    code, said = init(shop, "--force")
    assert code == 0, said
    assert "drafted from compose.yaml, cache/redis.conf and web/nginx.conf" in said
    assert "web-route-health" in said
    assert "Left out" not in said
    assert "cache-secret" not in said + (shop / "promises.yaml").read_text()


def test_init_without_an_engine_to_attach_to(tmp_path: Path) -> None:
    """Exit code 3, and what was there stays."""
    shop = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    mine = (shop / "promises.yaml").read_text()

    assert init(shop, "--force", "--attach", "shop")[0] == 3
    assert (shop / "promises.yaml").read_text() == mine


@pytest.mark.parametrize("stack", ["liar-game", "mr-robot"])
def test_drafts_of_the_reference_stacks_are_kept(tmp_path: Path, stack: str) -> None:
    """Nothing is left out of what their files say."""
    folder = tmp_path / stack
    shutil.copytree(ROOT / "compose" / stack, folder, ignore=shutil.ignore_patterns("volumes"))
    (folder / "promises.yaml").unlink()

    code, said = init(folder)

    assert code == 0, said
    assert "Left out" not in said
