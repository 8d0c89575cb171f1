"""Files that are refused, and archives to make them from."""

from __future__ import annotations

import io
import zipfile

import pytest

from kit.errors import Refused
from services.ingest.files.reading import read_hours


def refusal(data: bytes) -> Refused:
    with pytest.raises(Refused) as found:
        read_hours(data)
    assert found.value.errors
    assert all(error.message and error.code == found.value.errors[0].code for error in found.value.errors)
    return found.value


def zipped(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()
