"""Errors as RFC 9457 has them, in words of ours alone: never a value of the input, nor a name that it made up."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

# The last part of a problem's type, with its status and title.
PROBLEMS: dict[str, tuple[int, str]] = {
    "not-json": (400, "The body is not JSON"),
    "invalid": (422, "The body is not as the API describes it"),
    "wrong-kind": (422, "The model gives answers of another kind"),
    "which-model": (422, "Several models could be meant"),
    "unknown-answer": (404, "No such answer was given"),
    "unknown-model": (404, "No such model is served"),
    "unknown-label": (422, "The model has no such label"),
    "unknown-word": (422, "The text has no such word"),
    "unknown-record": (404, "The export had no such record"),
    "unknown-route": (404, "There is no such route"),
    "wrong-method": (405, "The route takes another method"),
    "too-slow": (408, "The body did not come in time"),
    "too-large": (413, "The body is too large"),
    "wrong-type": (415, "The body has another content type"),
    "busy": (429, "More requests than there is time for"),
    "gone": (499, "The caller has gone"),
    "failed": (500, "The service failed"),
    "not-ready": (503, "The service is not ready"),
    "no-such-kind": (503, "No model in use gives such answers"),
    "crowded": (503, "More connections than the service holds"),
    "unavailable": (503, "This cannot be answered here"),
    "too-late": (504, "There was no answer in time"),
}


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    def __init__(self, name: str, detail: str, pointer: str | None = None, headers: dict[str, str] | None = None):
        """pointer: JSON pointer to the place in the body, made of names of the schema and numbers alone."""
        super().__init__(name)
        self.name = name
        self.detail = detail
        self.pointer = pointer
        self.headers = headers or {}

    @property
    def status(self) -> int:
        return PROBLEMS[self.name][0]

    def response(self) -> JSONResponse:
        status, title = PROBLEMS[self.name]
        body: dict[str, Any] = {"type": f"urn:pbp:problem:{self.name}", "title": title, "status": status}
        body["detail"] = self.detail
        if self.pointer is not None:
            body["pointer"] = self.pointer
        return JSONResponse(body, status, self.headers, media_type="application/problem+json")
