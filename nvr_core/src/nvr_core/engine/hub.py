"""Hands the samples of one stream to everybody who wants them, by reference.

Nothing is queued here: each consumer takes a sample at once and bounds what it has not passed on
itself (the recorder by unwritten bytes, viewers and recorder plugins by their channel's buffer).
A consumer that fails sits out until the next session; the others go on.
"""

from __future__ import annotations

import logging
from typing import Protocol

from nvr_core.media.mp4_init import MediaFormat
from nvr_core.media.timeline import Sample
from nvr_sdk.messages import AccessUnit

_log = logging.getLogger("nvr.hub")


class Consumer(Protocol):
    """Takes a stream. All methods run on the event loop and must return at once."""

    def begin(self, media: MediaFormat) -> None:
        """A session begins, or its format changed."""
        ...

    def take(self, sample: Sample, unit: AccessUnit, body: bytes | None) -> None:
        """Take a sample: the unit on the timeline; ``body`` is the unit packed, if it came so."""
        ...

    def interrupted(self, reason: str) -> None:
        """The session broke off; ``reason`` is a gap's code."""
        ...


class Hub:
    """The consumers of one stream."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._consumers: tuple[Consumer, ...] = ()
        self._taking: tuple[Consumer, ...] = ()
        self._media: MediaFormat | None = None

    def add(self, consumer: Consumer) -> None:
        """Let a consumer take part from now on."""
        self._consumers += (consumer,)
        if self._media is not None and self._try_begin(consumer, self._media):
            self._taking += (consumer,)

    def remove(self, consumer: Consumer) -> None:
        """Let a consumer go."""
        self._consumers = tuple(each for each in self._consumers if each is not consumer)
        self._sit_out(consumer)

    def begin(self, media: MediaFormat) -> None:
        """Announce what follows."""
        self._media = media
        self._taking = tuple(each for each in self._consumers if self._try_begin(each, media))

    def take(self, sample: Sample, unit: AccessUnit, body: bytes | None) -> None:
        """Pass a sample on."""
        for consumer in self._taking:
            try:
                consumer.take(sample, unit, body)
            except Exception:  # noqa: BLE001 - one consumer's fault is not the others'
                _log.exception("%s: %s failed on a sample", self._name, type(consumer).__name__)
                self._sit_out(consumer)

    def interrupted(self, reason: str) -> None:
        """Tell that the session broke off."""
        self._media = None
        self._taking = ()
        for consumer in self._consumers:
            try:
                consumer.interrupted(reason)
            except Exception:  # noqa: BLE001 - one consumer's fault is not the others'
                _log.exception("%s: %s failed to pause", self._name, type(consumer).__name__)

    def _try_begin(self, consumer: Consumer, media: MediaFormat) -> bool:
        try:
            consumer.begin(media)
        except Exception:  # noqa: BLE001 - see `take`
            _log.exception("%s: %s failed to begin", self._name, type(consumer).__name__)
            return False
        return True

    def _sit_out(self, consumer: Consumer) -> None:
        self._taking = tuple(each for each in self._taking if each is not consumer)
