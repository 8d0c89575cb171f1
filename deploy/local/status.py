"""How a run is doing: what its supervisor says, what each process answers, and what it costs in memory."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from deploy.local.folder import RunFolder, read_json

_OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def status(folder: RunFolder) -> dict[str, Any]:
    """Of processes that no supervisor of ours keeps (`supervised` is false in the addresses), only what they answer.

    `{gateway, kafka, postgres, zipkin, services: {name: {role: {pid, url, ready, lag, pss}}}, infrastructure, pss, ready}`."""
    where: dict[str, Any] = read_json(folder.addresses) or {}
    parts: dict[str, dict[str, Any]] = (read_json(folder.state) or {}).get("parts", {}) if folder.running() else {}
    supervised = where.get("supervised", True)
    named = [(service, role, url) for service, roles in where.get("services", {}).items() for role, url in roles.items()]
    families = _families()
    with ThreadPoolExecutor(max(1, len(named))) as pool:
        found = list(pool.map(lambda each: _process(parts.get(f"{each[0]}-{each[1]}", {}), each[2], families, asked=not supervised), named))
    services: dict[str, dict[str, Any]] = {}
    for (service, role, _), process in zip(named, found, strict=True):
        services.setdefault(service, {})[role] = process
    others = _infrastructure(folder, parts, {f"{service}-{role}" for service, role, _ in named}, families)
    everything = [*found, *others.values()]
    return {
        **{name: where.get(name) for name in ("gateway", "kafka", "postgres", "zipkin")},
        "services": services,
        "infrastructure": others,
        "pss": sum(each["pss"] or 0 for each in everything),
        "ready": (bool(parts) or not supervised) and all(each["ready"] for each in everything),
    }


def _process(part: dict[str, Any], url: str, families: dict[int, list[int]], *, asked: bool) -> dict[str, Any]:
    pid = part.get("pid")
    answer = _readiness(url) if pid or asked else None
    return {
        "pid": pid,
        "url": url,
        "ready": answer is not None and bool(answer.get("ready")),
        "lag": answer.get("lag") if answer else None,
        "pss": pss(pid, families) if pid else None,
        "reasons": answer.get("reasons", []) if answer else [],
        "restarts": part.get("restarts", 0),
    }


def _infrastructure(
    folder: RunFolder, parts: dict[str, dict[str, Any]], services: set[str], families: dict[int, list[int]]
) -> dict[str, dict[str, Any]]:
    found = {
        name: {
            "pid": part["pid"],
            "ready": part["ready"],
            "pss": pss(part["pid"], families) if part["pid"] else None,
            "restarts": part["restarts"],
        }
        for name, part in parts.items()
        if name not in services and not part["task"]
    }
    supervisor = (read_json(folder.state) or {}).get("supervisor")
    if parts and supervisor:
        found["supervisor"] = {"pid": supervisor, "ready": True, "pss": _pss_of_one(supervisor), "restarts": 0}
    return found


def _readiness(url: str) -> dict[str, Any] | None:
    """The body of /health/ready, with 503 as with 200; None when nothing answers."""
    try:
        with _OPEN.open(f"{url}/health/ready", timeout=2) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as refused:
        with refused:
            try:
                return {**json.load(refused), "ready": False}
            except ValueError:
                return {"ready": False}
    except (OSError, ValueError):
        return None


def pss(pid: int, families: dict[int, list[int]]) -> int:
    """Bytes of a process and its children; PostgreSQL's work is done by children. What is shared counts once in all."""
    return _pss_of_one(pid) + sum(pss(child, families) for child in families.get(pid, ()))


def _pss_of_one(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _families() -> dict[int, list[int]]:
    """Children by parent, of every process that can be seen."""
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        found.setdefault(parent, []).append(int(folder.name))
    return found
