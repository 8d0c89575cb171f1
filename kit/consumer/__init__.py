"""Reading topics exactly once in effect: the offsets row moves in the transaction of the effects."""

from kit.consumer.reader import Batch, Reader, Received

__all__ = ["Batch", "Reader", "Received"]
