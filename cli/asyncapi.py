"""The AsyncAPI 3 document of the topics, made from the map."""

from __future__ import annotations

from typing import Any

from schemas import topics
from schemas.topics import Topic

Document = dict[str, Any]


def document() -> Document:
    """Channels are the topics of the map; one operation per publisher and reader; messages by their CloudEvents type."""
    channels: Document = {}
    operations: Document = {}
    components: Document = {"messages": {}, "schemas": {}}
    for topic in topics.ALL:
        channels[topic.name] = _channel(topic)
        operations.update(_operations(topic))
        for message in topic.carries:
            schema, definitions = _schema(message.model_json_schema(mode="validation"))
            components["schemas"].update(definitions)
            components["schemas"][message.__name__] = schema
            components["messages"][message.__name__] = _message(topic, message.__name__, (message.__doc__ or "").strip())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "MACS: messages between services",
            "version": "1.0.0",
            "description": "CloudEvents 1.0, Kafka binding, binary mode. One message a record, JSON value, W3C traceparent.",
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": components,
    }


def _channel(topic: Topic) -> Document:
    kept = "compacted" if topic.retention is None else f"{topic.retention.days} days"
    return {
        "address": topic.name,
        "description": f"Key: {topic.key}. Kept: {kept}. Written by {topic.published_by}, read by {', '.join(topic.read_by)}.",
        "messages": {message.__name__: {"$ref": f"#/components/messages/{message.__name__}"} for message in topic.carries},
        "bindings": {"kafka": {"topic": topic.name, "partitions": topic.partitions, "bindingVersion": "0.5.0"}},
    }


def _operations(topic: Topic) -> Document:
    channel = {"$ref": f"#/channels/{topic.name}"}
    sends = {f"{topic.published_by}.sends.{topic.name}": {"action": "send", "channel": channel}}
    receives = {
        f"{reader}.receives.{topic.name}": {
            "action": "receive",
            "channel": channel,
            "bindings": {"kafka": {"groupId": {"type": "string", "const": f"{reader}.{topic.name}"}, "bindingVersion": "0.5.0"}},
        }
        for reader in topic.read_by
    }
    return sends | receives


def _message(topic: Topic, name: str, doc: str) -> Document:
    ce_type = f"{topic.namespace}{name}.v1"
    headers = {name: {"type": "string"} for name in ("ce_id", "ce_source", "ce_time", "ce_subject", "traceparent")}
    return {
        "name": ce_type,
        "summary": doc.splitlines()[0] if doc else name,
        "contentType": "application/json",
        "headers": {"type": "object", "properties": {"ce_type": {"type": "string", "const": ce_type}, **headers}},
        "payload": {"$ref": f"#/components/schemas/{name}"},
    }


def _schema(schema: Document) -> tuple[Document, Document]:
    """A message's schema with its definitions moved to the components."""
    moved = _repointed(schema)
    definitions = moved.pop("$defs", {})
    return moved, definitions


def _repointed(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            name: value.replace("#/$defs/", "#/components/schemas/") if name == "$ref" else _repointed(value)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [_repointed(value) for value in node]
    return node
