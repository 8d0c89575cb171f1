"""Who may do what on a secured Kafka: one user a service, with the rights that the map of topics gives it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from schemas.topics import ALL, Topic

# Kafka's own numbers (org.apache.kafka.common.acl and .resource)
ANY: Final = 1
TOPIC, GROUP = 2, 3
LITERAL, PREFIXED = 3, 4
READ, WRITE = 3, 4
_ALLOW: Final = 3
_EVERYWHERE: Final = "*"


class Right(NamedTuple):
    """One user may do one thing to one topic, or to the groups whose names begin so. To read or write includes to describe."""

    resource: int
    name: str
    pattern: int
    user: str
    operation: int

    @property
    def principal(self) -> str:
        return f"User:{self.user}"


def rights(topics: Sequence[Topic] = ALL) -> list[Right]:
    """Write what one publishes and one's own dead letters, read what one reads, in groups of one's own name."""
    return sorted({*_of_topics(topics), *_of_groups(topics)})


def _of_topics(topics: Iterable[Topic]) -> Iterator[Right]:
    for topic in topics:
        yield Right(TOPIC, topic.name, LITERAL, topic.published_by, WRITE)
        for reader in topic.read_by:
            yield Right(TOPIC, topic.name, LITERAL, reader, READ)
            yield Right(TOPIC, topic.dead_letters(reader), LITERAL, reader, WRITE)


def _of_groups(topics: Iterable[Topic]) -> Iterator[Right]:
    for topic in topics:
        for reader in topic.read_by:
            yield Right(GROUP, f"{reader}.", PREFIXED, reader, READ)


async def grant(admin: AIOKafkaAdminClient, wanted: Sequence[Right]) -> tuple[int, int]:
    """Give what is missing, then take away what is not wanted; how many of each. Raises KafkaError when the broker refuses one."""
    there = await given(admin)
    missing, surplus = sorted(set(wanted) - there), sorted(there - set(wanted))
    for right in missing:
        answer = await _asked(admin, CreateAclsRequest(*_written(right)))
        _check(answer.creation_responses, right)
    for right in surplus:
        answer = await _asked(admin, DeleteAclsRequest(*_written(right)))
        _check(answer.filter_responses, right)
    return len(missing), len(surplus)


async def given(admin: AIOKafkaAdminClient) -> set[Right]:
    """The rights that stand, whoever gave them."""
    answer = await _asked(admin, DescribeAclsRequest(ANY, None, ANY, None, None, ANY, ANY))  # None: whatever
    _check([(answer.error_code, answer.error_message)], None)
    return {
        Right(resource, name, pattern, principal.removeprefix("User:"), operation)
        for resource, name, pattern, entries in answer.resources
        for principal, _, operation, _ in entries
    }


def _written(right: Right) -> tuple[int, str, int, str, str, int, int]:
    return right.resource, right.name, right.pattern, right.principal, _EVERYWHERE, right.operation, _ALLOW


async def _asked(admin: AIOKafkaAdminClient, request: Any) -> Any:
    return await admin._send_to_controller(request)  # noqa: SLF001  the library has the messages and no method for them


def _check(answers: Iterable[Sequence[Any]], right: Right | None) -> None:
    for code, message, *_ in answers:
        if code:
            raise for_code(code)(f"{right or 'rights'} : {message}")
