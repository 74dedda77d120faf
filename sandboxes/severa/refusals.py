"""How Severa says no: an ExceptionModel with a type, a message, and where the fault is.

Source: severa-v1.reconstructed.openapi.json (ExceptionModel, ExceptionTypeEnum, ExceptionLocationTypeEnum).
Assumed: which status and type a refusal has, and its words; 404 has no body.
"""

from __future__ import annotations

from starlette.responses import Response

from sandboxes import control


class RefusalError(Exception):
    """The call is refused; `answer` is what is sent."""

    def __init__(self, kind: str, message: str, *, status: int = 400, where: str = "RequestBody", name: str = "") -> None:
        super().__init__(message)
        self.answer = answer(kind, message, status=status, where=where, name=name)


class AbsentError(Exception):
    """What is asked for is not there: 404 without a body."""


def answer(kind: str, message: str, *, status: int, where: str = "RequestHeader", name: str = "") -> Response:
    """An ExceptionModel."""
    details = [{"message": message, "location": {"type": where, "name": name}}]
    return control.json_response({"error": {"httpStatusCode": status, "type": kind, "details": details}}, status)
