"""A proxy in front of programs that tell nothing about themselves: where requests go is seen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[1]
COMPOSE = """\
services:
  web:
    image: nginx:1.27
    volumes: [./web.conf:/etc/nginx/nginx.conf:ro]
    ports: ["0:80"]
    depends_on: [shop, blog]
  shop: &page
    image: nginx:1.27
    volumes: [./page.conf:/etc/nginx/nginx.conf:ro]
  blog:
    <<: *page
"""
WEB = """\
events {}
http {
  upstream pages { server blog:8000; }
  server {
    listen 80;
    location /shop/ { proxy_pass http://shop:8000/; }
    location /blog/ { proxy_pass http://pages; }
  }
}
"""
PAGE = "events {}\nhttp { server { listen 8000; listen 8001; return 404; } }\n"


def stackproof(folder: Path, *words: str) -> tuple[int, str]:
    """Return the exit code and all that is printed."""
    done = subprocess.run(
        [sys.executable, "-m", "suites", *words, str(folder)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def verdicts(folder: Path) -> tuple[int, dict[str, str]]:
    """Return the exit code of a run of the routes, and the reason or verdict of each."""
    reports = folder / "reports"
    code, said = stackproof(folder, "verify", "--kind", "route", f"--report-dir={reports}")
    assert "Traceback" not in said
    rows = json.loads((reports / "report.json").read_text())["rows"]
    return code, {row["id"]: row["reason"] or row["verdict"] for row in rows if row["selected"]}


def test_drafted_routes_to_backends_hold_and_break(tmp_path: Path) -> None:
    """Answers are 404 everywhere, so only what arrives tells one backend from another."""
    folder = tmp_path / "pages"
    folder.mkdir()
    for name, text in {"compose.yaml": COMPOSE, "web.conf": WEB, "page.conf": PAGE}.items():
        (folder / name).write_text(text)

    code, said = stackproof(folder, "init")
    assert code == 0, said
    assert verdicts(folder) == (0, {"web-route-shop": "kept", "web-route-blog": "kept"})

    wrong = WEB.replace("shop:8000", "blog:8000").replace(
        "{ server blog:8000", "{ server blog:8001"
    )
    (folder / "web.conf").write_text(wrong)
    code, found = verdicts(folder)

    assert code == 1
    assert "/shop/ did not come to shop: 404" in found["web-route-shop"]
    assert "/blog/ came to port [8001] of blog, not 8000" in found["web-route-blog"]
