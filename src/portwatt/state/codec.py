"""A state as bytes and back, and its digest: equal states give equal bytes on every machine."""

from __future__ import annotations

import hashlib
from typing import Any, get_args, get_origin

import msgspec
from immutables import Map

from portwatt.state.hub_state import HubState


def _encode_map(value: Any) -> Any:
    if isinstance(value, Map):
        return {str(key): item for key, item in value.items()}  # reservations are numbered; JSON knows names only
    raise NotImplementedError(f"{type(value).__name__} has no place in a state")


def _decode_map(kind: Any, value: Any) -> Any:
    origin = get_origin(kind) or kind
    if origin is Map:
        key, item = get_args(kind)
        return Map(msgspec.convert(value, dict[key, item], dec_hook=_decode_map, str_keys=True))  # type: ignore[valid-type]
    raise NotImplementedError(f"{kind} has no place in a state")


_ENCODER = msgspec.json.Encoder(enc_hook=_encode_map, order="deterministic")
_DECODER = msgspec.json.Decoder(HubState, dec_hook=_decode_map)


def to_bytes(state: HubState) -> bytes:
    """The state as canonical JSON: keys sorted, so equal states are equal bytes."""
    return _ENCODER.encode(state)


def from_bytes(data: bytes) -> HubState:
    """The state again. Raises msgspec.ValidationError when the bytes are not one."""
    return _DECODER.decode(data)


def digest(state: HubState) -> str:
    """SHA-256 of the canonical bytes, in hex: two states are equal if and only if their digests are."""
    return hashlib.sha256(to_bytes(state)).hexdigest()
