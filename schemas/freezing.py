"""Frozen schemas: what a topic's messages looked like when they were promised, and whether today's still keep the promise.

A writer's schema is closed (it emits exactly its fields), a reader's is open (it ignores what it does not know).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from schemas.message import Message
from schemas.topics import Topic

FOLDER: Final = Path(__file__).parent / "frozen"
EXAMPLES: Final = Path(__file__).parent / "examples"

Schema = dict[str, Any]


def writer(message: type[Message]) -> Schema:
    """What may leave a process that knows this class: its fields and nothing else."""
    closed: Schema = _closed(_bare(message.model_json_schema(mode="serialization")))
    return closed


def reader(message: type[Message]) -> Schema:
    """What a process that knows this class accepts."""
    bare: Schema = _bare(message.model_json_schema(mode="validation"))
    return bare


def snapshot(topic: Topic) -> Schema:
    """The promise of a topic as it is kept in `frozen/<topic>.v<N>.schema.json`."""
    return {
        "topic": topic.name,
        "key": topic.key,
        "partitions": topic.partitions,
        "types": {topic.type_name(message): {"writer": writer(message), "reader": reader(message)} for message in topic.carries},
    }


def frozen(topic: Topic) -> list[tuple[str, Schema]]:
    """Every promise ever made for a topic, the oldest first: (file name, snapshot)."""
    files = sorted(FOLDER.glob(f"{topic.name}.v*.schema.json"), key=lambda file: int(file.name.rsplit(".v", 1)[1].split(".")[0]))
    return [(file.name, json.loads(file.read_text(encoding="utf-8"))) for file in files]


def freeze(topic: Topic) -> Path | None:
    """Write a new promise when the topic's shape is not the last one promised. Answers the new file, or None."""
    known = frozen(topic)
    now = snapshot(topic)
    if known and known[-1][1] == now:
        return None
    file = FOLDER / f"{topic.name}.v{len(known) + 1}.schema.json"
    file.write_text(json.dumps(now, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return file


def _bare(node: Any, names: bool = False) -> Any:
    """A schema without its prose: wording is no promise. `names` says that the keys of this node are field names."""
    if isinstance(node, dict):
        kept = {key: value for key, value in node.items() if names or key not in {"title", "description"}}
        return {key: _bare(value, names=not names and key in {"properties", "$defs"}) for key, value in kept.items()}
    if isinstance(node, list):
        return [_bare(value) for value in node]
    return node


def _closed(node: Any) -> Any:
    if isinstance(node, dict):
        found = {name: _closed(value) for name, value in node.items()}
        if found.get("type") == "object" and "properties" in found:
            found["additionalProperties"] = False
        return found
    if isinstance(node, list):
        return [_closed(value) for value in node]
    return node
