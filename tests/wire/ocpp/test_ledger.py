"""The ledger: what counts as the same request, and for how long."""

from portwatt.wire.ocpp.ledger import Entry, MessageLedger


def test_the_same_request_on_the_same_connection_is_found() -> None:
    ledger = MessageLedger()
    here = ledger.open_connection()
    entry = Entry(7, "Heartbeat", here)
    ledger.begin("a", entry)
    assert ledger.find("a", 7, here) is entry
    assert ledger.find("a", 8, here) is None
    assert ledger.find("b", 7, here) is None


def test_only_facts_are_remembered_across_connections() -> None:
    ledger = MessageLedger()
    before = ledger.open_connection()
    swap = Entry(1, "BatterySwap", before)
    ledger.begin("a", swap)
    ledger.begin("b", Entry(1, "BootNotification", before))
    after = ledger.open_connection()
    assert after != before
    assert ledger.find("a", 1, after) is swap
    assert ledger.find("b", 1, after) is None


def test_the_oldest_are_forgotten_first() -> None:
    ledger = MessageLedger(capacity=2)
    for name in "abc":
        ledger.begin(name, Entry(1, "Heartbeat", 0))
    assert [ledger.find(name, 1, 0) is not None for name in "abc"] == [False, True, True]


def test_unanswered_and_forgotten() -> None:
    ledger = MessageLedger()
    entry = Entry(1, "Heartbeat", 0)
    ledger.begin("a", entry)
    assert ledger.unanswered("a") is entry
    entry.reply = "text"
    assert ledger.unanswered("a") is None
    ledger.forget("a")
    assert ledger.find("a", 1, 0) is None
