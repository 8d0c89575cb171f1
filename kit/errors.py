"""The failures that a rule may raise. Rules never mention HTTP: the edge translates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

Severity = Literal["info", "check", "blocking"]


class LineError(BaseModel):
    """One thing to look at, in the shape of the API, the form, the command line and the annotated workbook."""

    model_config = ConfigDict(frozen=True)

    line: int | None = None
    column: str | None = None
    code: str
    severity: Severity = "blocking"
    value: str | None = None
    message: str
    example: str | None = None


class Refused(Exception):
    """The caller must change something: every problem at once. The edge answers `status` (422 unless said otherwise)."""

    def __init__(
        self,
        errors: Sequence[LineError] = (),
        *,
        code: str = "REFUSED",
        title: str = "La demande ne peut pas être acceptée telle quelle",
        status: int = 422,
        detail: str | None = None,
    ) -> None:
        super().__init__(detail or title)
        self.errors = list(errors)
        self.code = code
        self.title = title
        self.status = status
        self.detail = detail


class Unprocessable(Exception):
    """No retry will help this record: it goes to the dead letters with this reason."""
