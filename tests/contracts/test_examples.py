"""Every message has examples as files, and every reader reads every example of its topics."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas import freezing, topics
from schemas.topics import Topic

EXAMPLES = sorted(freezing.EXAMPLES.glob("*/*.json"))


def topic_of(example: Path) -> Topic:
    return topics.BY_NAME[example.parent.name]


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda topic: topic.name)
def test_every_type_of_a_topic_has_an_example(topic: Topic) -> None:
    shown = {example.name.split(".")[0] for example in EXAMPLES if example.parent.name == topic.name}
    assert shown == {message.__name__ for message in topic.carries}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_an_example_is_read_and_written_unchanged(example: Path) -> None:
    name, version = example.name.split(".")[:2]
    message_type = topics.message_type(f"fr.macs.{example.parent.name}.{name}.{version}")
    assert message_type is not None
    written = example.read_bytes()
    message = message_type.model_validate_json(written)
    assert message.key()
    assert json.loads(message.model_dump_json()) == json.loads(written)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_field_from_the_future_is_ignored(example: Path) -> None:
    name, version = example.name.split(".")[:2]
    message_type = topics.message_type(f"fr.macs.{example.parent.name}.{name}.{version}")
    assert message_type is not None
    known = json.loads(example.read_bytes())
    assert message_type.model_validate_json(json.dumps({**known, "from_the_future": {"a": [1]}})) == message_type.model_validate(known)
