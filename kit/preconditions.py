"""Changes say which version they start from: `If-Match: "<revision>"` (RFC 9110 13.1.1)."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Depends, Request

from kit.problems import Problem

_REVISION: Final = re.compile(r'(?:W/)?"?(\d{1,9})(?:-(?:gzip|zstd|br))?"?', re.ASCII)
"""A gateway names the packed form of an answer by a word behind its version: `"3-gzip"` is version 3."""


async def expected_revision(request: Request) -> int:
    """The revision of `If-Match`. Raises a 428 problem without the header, 412 for what is no revision at all."""
    given = request.headers.get("if-match")
    if given is None:
        raise Problem(
            428,
            "PRECONDITION_REQUIRED",
            "Indiquez la version que vous modifiez",
            'Ajoutez l’en-tête If-Match: "<revision>", lue dans la réponse.',
        )
    found = _REVISION.fullmatch(given.strip())
    if not found:
        raise stale(f"« {given[:40]} » n’est pas une version.")
    return int(found[1])


def stale(detail: str | None = None) -> Problem:
    """The 412 problem of a change that starts from another version than the present one."""
    return Problem(
        412, "STALE", "Une version plus récente existe", detail or "Relisez la version actuelle, puis recommencez votre modification."
    )


def etag(revision: int) -> dict[str, str]:
    """The header that names the revision of an answer."""
    return {"ETag": f'"{revision}"'}


ExpectedRevision = Annotated[int, Depends(expected_revision)]
