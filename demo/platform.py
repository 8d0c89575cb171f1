"""The platform as a stranger uses it: HTTP through the gateway, one key a caller, patient with a service that is still starting."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

_AGAIN: Final = frozenset({429, 502, 503, 504})
_PATIENCE_S: Final = 600.0
"""How long one request may take or be repeated: a machine that is busy otherwise is slow, not broken."""


class NotAccepted(Exception):
    """The platform refused a request of the loader; says which and why. `answer` is everything that it said."""

    def __init__(self, said: str, answer: str = "") -> None:
        super().__init__(said)
        self.answer = answer


@dataclass(frozen=True)
class Platform:
    """One caller. Connections are shared by `http`."""

    http: httpx.Client
    key: str

    @classmethod
    def at(cls, gateway: str, key: str) -> Platform:
        # without the machine's proxies: they know nothing of 127.0.0.1
        return cls(httpx.Client(base_url=gateway, timeout=_PATIENCE_S, trust_env=False), key)

    def as_caller(self, key: str) -> Platform:
        return Platform(self.http, key)

    def get(self, path: str, **parameters: Any) -> Any:
        return _json(self._asked(lambda: self.http.get(path, params=parameters, headers=self._headers), f"GET {path}"))

    def page(self, path: str) -> str:
        """A page as this caller reads it."""
        return self._asked(lambda: self.http.get(path, headers=self._headers), f"GET {path}").text

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return _json(self._asked(lambda: self.http.post(path, json=body, headers={**self._headers, **headers}), f"POST {path}"))

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return _json(self._asked(lambda: self.http.put(path, json=body, headers={**self._headers, **headers}), f"PUT {path}"))

    def fill_in(self, path: str, fields: Mapping[str, str], file: tuple[str, bytes] | None = None) -> str:
        """A form of a page, sent; the path of the page that follows it."""
        files = {"file": file} if file else None
        answer = self._asked(lambda: self.http.post(path, data=dict(fields), files=files, headers=self._headers), f"POST {path}")
        return str(answer.headers.get("location", ""))

    def send_file(self, path: str, name: str, content: bytes, fields: dict[str, str], **headers: str) -> Any:
        files = {"file": (name, content, "text/csv")}
        answer = self._asked(
            lambda: self.http.post(path, data=fields, files=files, headers={**self._headers, **headers}), f"POST {path} ({name})"
        )
        return _json(answer)

    def delete(self, path: str) -> None:
        self._asked(lambda: self.http.delete(path, headers=self._headers), f"DELETE {path}")

    def is_known(self, path: str) -> bool:
        """Whether the service behind `path` knows this caller already."""
        try:
            return self.http.get(path, headers=self._headers).status_code == 200
        except httpx.TransportError:
            return False

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def _asked(self, request: Callable[[], httpx.Response], what: str, patience_s: float = _PATIENCE_S) -> httpx.Response:
        """Ask until there is an answer. Every request of the loader may be repeated: it changes nothing the second time."""
        end = time.monotonic() + patience_s
        while True:
            try:
                answer = request()
            except httpx.TransportError as error:
                if time.monotonic() > end:
                    raise NotAccepted(f"{what}: {error}") from error
            else:
                if answer.status_code < 400:
                    return answer
                if not _may_work_later(answer) or time.monotonic() > end:
                    raise NotAccepted(f"{what}: {answer.status_code} {answer.text[:800]}", answer.text)
            time.sleep(0.3)


def _json(answer: httpx.Response) -> Any:
    return answer.json() if answer.content else None


def _may_work_later(answer: httpx.Response) -> bool:
    """A service that is away or busy, or the same request still being worked on."""
    return answer.status_code in _AGAIN or (answer.status_code == 409 and "IN_PROGRESS" in answer.text)


def wait_until(question: Callable[[], bool], seconds: float, what: str) -> None:
    """Ask until yes. Raises NotAccepted when the time is up."""
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            raise NotAccepted(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.1)
