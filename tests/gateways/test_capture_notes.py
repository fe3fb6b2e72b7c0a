from __future__ import annotations

from portwatt.gateways.capture_notes import CaptureNotes


def test_remarks_are_said_once_and_what_is_left_out_is_counted() -> None:
    notes = CaptureNotes()
    assert [notes.next_number(), notes.next_number()] == [1, 2]
    notes.say("no times")
    notes.say("no times")
    notes.leave_out("error frame", 7)
    notes.leave_out("error frame", 9)
    notes.stopped("cut off")
    assert notes.lines() == (
        "no times",
        "read up to frame 2, then: cut off",
        "left out 2 × error frame, first at 7",
    )
