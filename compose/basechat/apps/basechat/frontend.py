"""The front end: it answers every path with a report, and has no /health of its own."""

from __future__ import annotations

from .serving import Reply, Request, Routes


def no_health(request: Request) -> Reply:
    """Answer 404, so that a health URL which falls through to here is seen."""
    return Reply(404, {"error": f"no page {request.path}"})


ROUTES: Routes = {("*", "/health"): no_health}
