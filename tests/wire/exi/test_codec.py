from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import exi_messages
import exificient
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portwatt.gateways.v2g_schemas import schema_documents
from portwatt.wire.exi.bits import ExiError
from portwatt.wire.exi.codec import ExiCodec, ExiMessage
from portwatt.wire.exi.v2g import Dialect

DOCUMENTS = {dialect: schema_documents(dialect) for dialect in Dialect}
DRAWINGS = {dialect: exi_messages.Drawing(documents, ExiCodec(documents)) for dialect, documents in DOCUMENTS.items()}
# An XML signature property must hold an element of a foreign namespace, which this codec does not write.
ROOTS = [
    (dialect, name)
    for dialect, drawing in DRAWINGS.items()
    for name in drawing.names()
    if not name.startswith("SignatureProp")
]

REQUEST = ExiMessage(
    "urn:iso:15118:2:2010:AppProtocol",
    "supportedAppProtocolReq",
    {
        "AppProtocol": [
            {
                "ProtocolNamespace": "urn:din:70121:2012:MsgDef",
                "VersionNumberMajor": 2,
                "VersionNumberMinor": 0,
                "SchemaID": 1,
                "Priority": 1,
            }
        ]
    },
)
REQUEST_BITS = "".join(
    [
        "10000000",  # header: distinguishing bits, no options, version 1
        "00",  # root: request of request, response, anything else
        "0",  # AppProtocol (or leave the schema)
        "0",  # ProtocolNamespace
        "0",  # its text
        f"{25 + 2:08b}",  # spelled out, 25 characters
        *(f"{ord(character):08b}" for character in "urn:din:70121:2012:MsgDef"),
        "0",  # its end
        "0" + "0" + f"{2:08b}" + "0",  # VersionNumberMajor: an unsigned integer
        "0" + "0" + f"{0:08b}" + "0",  # VersionNumberMinor
        "0" + "0" + f"{1:08b}" + "0",  # SchemaID: eight bits, 0 to 255
        "0" + "0" + f"{0:05b}" + "0",  # Priority: five bits, 1 to 20, so 0 is 1
        "0",  # end of AppProtocol
        "01",  # of another AppProtocol, end, leaving the schema: the end
    ]
)


def octets(bits: str) -> bytes:
    padded = bits + "0" * (-len(bits) % 8)
    return int(padded, 2).to_bytes(len(padded) // 8, "big")


def test_a_request_computed_by_hand() -> None:
    codec = DRAWINGS[Dialect.SAP].codec
    assert codec.encode(REQUEST) == octets(REQUEST_BITS)
    assert codec.decode(octets(REQUEST_BITS)) == REQUEST


def test_a_published_request() -> None:
    """The request that many descriptions of ISO 15118 show."""
    data = bytes.fromhex("8000dbab9371d3234b71d1b981899189d191818991d26b9b3a232b30020000040040")
    assert DRAWINGS[Dialect.SAP].codec.decode(data) == REQUEST


@pytest.mark.parametrize(("dialect", "name"), ROOTS, ids=[f"{dialect.name}-{name}" for dialect, name in ROOTS])
def test_random_messages_come_back(dialect: Dialect, name: str) -> None:
    drawing = DRAWINGS[dialect]
    for seed in range(3):
        message = drawing.message(Random(f"{name} {seed}"), name)
        assert drawing.codec.decode(drawing.codec.encode(message)) == message


@pytest.mark.slow
@pytest.mark.skipif(not exificient.available(), reason="needs Java and the archive in the package iso15118")
def test_exificient_reads_random_messages_of_every_schema_the_same(tmp_path: Path) -> None:
    messages = [(dialect, DRAWINGS[dialect].message(Random(f"{name} 7"), name)) for dialect, name in ROOTS]
    encoded = [(dialect, DRAWINGS[dialect].codec.encode(message)) for dialect, message in messages]
    results = exificient.run(exificient.schemas_in(tmp_path), encoded)
    for (_, message), theirs in zip(messages, results, strict=True):
        assert not isinstance(theirs, str), (message, theirs)
        assert exificient.differences(theirs, message.body) == []


def refusal(codec: ExiCodec, data: bytes) -> ExiError | None:
    """Return the error that a message is refused with; anything else it raises fails the test."""
    try:
        codec.decode(data)
    except ExiError as error:
        return error
    return None


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ROOTS), st.integers(0, 40), st.data())
def test_damage_raises_nothing_but_our_own_error(root: tuple[Dialect, str], seed: int, data: st.DataObject) -> None:
    dialect, name = root
    drawing = DRAWINGS[dialect]
    octets = bytearray(drawing.codec.encode(drawing.message(Random(seed), name)))
    for place in data.draw(st.lists(st.integers(0, len(octets) * 8 - 1), min_size=1, max_size=4)):
        octets[place // 8] ^= 0x80 >> place % 8
    cut = bytes(octets[: data.draw(st.integers(0, len(octets)))])
    for damaged in (bytes(octets), cut):
        error = refusal(drawing.codec, damaged)
        assert error is None or (error.bit is not None and 0 <= error.bit <= len(damaged) * 8)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(list(Dialect)), st.binary(max_size=200))
def test_noise_raises_nothing_but_our_own_error(dialect: Dialect, noise: bytes) -> None:
    error = refusal(DRAWINGS[dialect].codec, b"\x80" + noise)
    assert error is None or error.bit is not None


@pytest.mark.parametrize("filling", [b"\x00", b"\xff", b"\x55", b"\x80", b"\x01"])
def test_the_longest_messages_end_soon(filling: bytes) -> None:
    """Every root is read with 128 KiB behind it; work and memory grow with the message, not with what it claims."""
    for dialect, drawing in DRAWINGS.items():
        width = (len(drawing.names())).bit_length()
        for number in range(len(drawing.names())):
            head = octets("10000000" + f"{number:0{width}b}")
            error = refusal(drawing.codec, head + filling * ((1 << 17) - len(head)))
            assert error is None or error.bit is not None, dialect


def test_a_message_that_is_too_long_is_not_read() -> None:
    with pytest.raises(ExiError, match="has 131073 octets; more than 131072 are not read"):
        DRAWINGS[Dialect.SAP].codec.decode(b"\x80" * 131073)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "ends before"),
        (b"\x81\x00", "begins with 0x81; the EXI header of V2G is 0x80"),
        (b"\x80\x80", "no root element number 2"),
        (b"\x80\x20\x00", "supportedAppProtocolReq holds something that the schema does not allow here; allowed: AppP"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, complaint: str) -> None:
    with pytest.raises(ExiError, match=complaint):
        DRAWINGS[Dialect.SAP].codec.decode(data)


def test_octets_behind_the_end_are_counted() -> None:
    assert DRAWINGS[Dialect.SAP].codec.decode(octets(REQUEST_BITS) + b"\x00\x00").spare == 2


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({}, "supportedAppProtocolReq may hold AppProtocol next; nothing is left to write"),
        ({"AppProtocol": []}, "needs a list that is not empty"),
        ({"AppProtocol": {}}, "needs a list that is not empty"),
        ({"AppProtocol": [{}]}, "AppProtocol may hold ProtocolNamespace next; nothing is left"),
        ({"AppProtocol": REQUEST.body["AppProtocol"], "Other": 1}, "Other is left to write"),
        ([], "needs a dict, not"),
    ],
)
def test_what_cannot_be_written_is_said(body: Any, complaint: str) -> None:
    with pytest.raises(ExiError, match=complaint):
        DRAWINGS[Dialect.SAP].codec.encode(ExiMessage(REQUEST.namespace, REQUEST.name, body))


def test_a_root_that_is_none_cannot_be_written() -> None:
    with pytest.raises(ExiError, match="is no root element"):
        DRAWINGS[Dialect.SAP].codec.encode(ExiMessage("urn:x", "Nothing", {}))
