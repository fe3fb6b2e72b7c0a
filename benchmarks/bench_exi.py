"""EXI messages read per CPU-second, on the mix of a DC session: mostly charging loops, some of everything else.

Beside it EXIficient on the same messages, where Java and its archive are at hand, its start left out of the time.
"""

import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, least_cpu
from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.wire.exi.v2g import Dialect, V2gMessage

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

TARGET = 10_000
LOOPS = 500
SESSION = bytes.fromhex("0011223344556677")
READY = {"EVReady": True, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 52}
STATION = {
    "NotificationMaxDelay": 0,
    "EVSENotification": "None",
    "EVSEIsolationStatus": "Valid",
    "EVSEStatusCode": "EVSE_Ready",
}


def physical(value: int, unit: str, multiplier: int = -1) -> dict[str, Any]:
    return {"Multiplier": multiplier, "Unit": unit, "Value": value}


def iso2(name: str, body: dict[str, Any]) -> V2gMessage:
    return V2gMessage(Dialect.ISO2, name, SESSION, {"SessionID": SESSION}, body)


def loop(number: int) -> Iterator[V2gMessage]:
    """One turn of the charging loop of ISO 15118-2 with the fields that vehicles send."""
    demand = {
        "DC_EVStatus": READY,
        "EVTargetCurrent": physical(1000 + number, "A"),
        "EVMaximumVoltageLimit": physical(4080, "V"),
        "EVMaximumCurrentLimit": physical(5000, "A"),
        "ChargingComplete": False,
        "RemainingTimeToFullSoC": physical(180, "s", 1),
        "RemainingTimeToBulkSoC": physical(120, "s", 1),
        "EVTargetVoltage": physical(4050, "V"),
    }
    answer = {
        "ResponseCode": "OK",
        "DC_EVSEStatus": STATION,
        "EVSEPresentVoltage": physical(3706, "V"),
        "EVSEPresentCurrent": physical(1000 + number, "A"),
        "EVSECurrentLimitAchieved": False,
        "EVSEVoltageLimitAchieved": False,
        "EVSEPowerLimitAchieved": False,
        "EVSEMaximumVoltageLimit": physical(10000, "V"),
        "EVSEMaximumCurrentLimit": physical(2000, "A"),
        "EVSEMaximumPowerLimit": physical(1500, "W", 2),
        "EVSEID": "DE*PNX*E123456*1",
        "SAScheduleTupleID": 1,
    }
    yield iso2("CurrentDemandReq", demand)
    yield iso2("CurrentDemandRes", answer)


def session() -> Iterator[V2gMessage]:
    offers = [
        {"ProtocolNamespace": name, "VersionNumberMajor": 2, "VersionNumberMinor": 0, "SchemaID": n, "Priority": n}
        for n, name in ((1, Dialect.ISO2.value), (2, Dialect.DIN.value))
    ]
    yield V2gMessage(Dialect.SAP, "supportedAppProtocolReq", b"", {}, {"AppProtocol": offers})
    yield iso2("SessionSetupReq", {"EVCCID": bytes(6)})
    for _ in range(LOOPS // 10):
        yield iso2("CableCheckReq", {"DC_EVStatus": READY})
        yield iso2("CableCheckRes", {"ResponseCode": "OK", "DC_EVSEStatus": STATION, "EVSEProcessing": "Ongoing"})
    for number in range(LOOPS):
        yield from loop(number)
    yield iso2("SessionStopReq", {"ChargingSession": "Terminate"})


def theirs(messages: list[tuple[Dialect, bytes]]) -> float | None:
    """Return how many messages EXIficient reads in a CPU-second once it runs, warm; None where it is not there."""
    import exificient

    if not exificient.available():
        return None
    with tempfile.TemporaryDirectory() as folder:
        schemas = exificient.schemas_in(Path(folder))
        spent = []
        for count in (1, 5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            exificient.run(schemas, messages * count)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return len(messages) * 4 / (spent[1] - spent[0])


def measure() -> Iterator[Figure]:
    codecs = load_v2g()
    messages = list(session())
    encoded = [(message.dialect, codecs.encode(message)) for message in messages]
    reads = len(encoded) / least_cpu(lambda: [codecs.decode(*pair) for pair in encoded], rounds=7)
    writes = len(encoded) / least_cpu(lambda: [codecs.encode(message) for message in messages], rounds=5)
    other = theirs(encoded)
    yield Figure(
        name="EXI read, a DC session of ISO 15118-2",
        value=reads,
        unit="messages per CPU-second",
        target=TARGET,
        against="" if other is None else f"EXIficient, warm, to XML ({other:,.0f}/s)",
        ratio=None if other is None else reads / other,
        note=f"{len(encoded):,} messages, {sum(len(data) for _, data in encoded) // len(encoded)} octets each",
    )
    yield Figure(name="EXI written, the same", value=writes, unit="messages per CPU-second")
    fresh = least_cpu(lambda: (load_v2g.cache_clear(), [load_v2g().decode(*pair) for pair in encoded[:4]]), rounds=3)
    yield Figure(name="EXI, schemas read and grammars of four messages built", value=fresh * 1000, unit="ms CPU")
