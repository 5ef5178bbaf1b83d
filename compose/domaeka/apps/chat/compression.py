"""Compression: gzip where it is worth it, and back without a bomb."""

from __future__ import annotations

import gzip
import zlib

from .settings import Settings

GZIP = 31
"""The window bits with which zlib reads gzip's header and trailer: zlib.h, inflateInit2."""


class NotGzip(ValueError):
    """What says that it is compressed cannot be inflated, or is too large when it is."""


class Compressor:
    """Compresses messages above the threshold if that saves enough."""

    def __init__(self, settings: Settings) -> None:
        self._threshold = settings.compress_threshold
        self._ratio = settings.compress_ratio
        self._most = settings.max_message

    def compress_if_needed(self, message: bytes) -> tuple[bytes, bool]:
        """Return what to send of *message*, and whether that is compressed."""
        if len(message) > self._threshold:
            compressed = gzip.compress(message)
            if len(compressed) < len(message) * self._ratio:
                return compressed, True
        return message, False

    def decompress(self, message: bytes) -> bytes:
        """Return *message* inflated; raises `NotGzip`, also where it inflates past the limit."""
        inflater = zlib.decompressobj(GZIP)
        try:
            plain = inflater.decompress(message, self._most + 1)
        except zlib.error as error:
            raise NotGzip(str(error)) from error
        if len(plain) > self._most or not inflater.eof:
            raise NotGzip("too large, or cut short")
        return plain
