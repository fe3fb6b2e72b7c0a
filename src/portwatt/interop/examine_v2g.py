"""Ethernet frames to attempts over CCS2, each judged as soon as it ends."""

from __future__ import annotations

from collections.abc import Callable

from portwatt.interop.finding import Attempt
from portwatt.interop.v2g_attempts import V2gListener
from portwatt.interop.v2g_conversation import Decoder
from portwatt.interop.v2g_evidence import V2gEvidence
from portwatt.interop.v2g_outcome import facts_of, judge, outcome_of, protocol_of, same_plug_in, unfinished
from portwatt.interop.v2g_stages import stages
from portwatt.model.capture import Frame


class V2gExaminer:
    """Takes Ethernet frames in the order of the capture. `decoder` None: messages stay opaque, layers are judged."""

    def __init__(self, decoder: Decoder | None, mask: Callable[[str], str]) -> None:
        self._listener = V2gListener(decoder)
        self._decoder = decoder
        self._mask = mask
        self._attempts: list[Attempt] = []
        self._before: V2gEvidence | None = None
        self._tails = 0
        self._opaque = 0
        self._encrypted = 0

    def take(self, frame: Frame) -> None:
        """The next frame."""
        for evidence in self._listener.take(frame):
            self._settle(evidence)

    def close(self) -> tuple[tuple[Attempt, ...], tuple[str, ...]]:
        """The attempts, and remarks on what could not be told."""
        for evidence in self._listener.close():
            self._settle(evidence)
        return tuple(self._attempts), tuple(self._remarks())

    def _settle(self, evidence: V2gEvidence) -> None:
        if evidence.is_tail:
            self._tails += 1
            return
        findings = judge(evidence)
        outcome = outcome_of(evidence, findings)
        last = self._attempts[-1] if self._attempts else None
        plug_in = last.plug_in if last else 1
        if last and self._before and not same_plug_in(self._before, last.outcome, evidence):
            plug_in += 1
        attempt = Attempt(
            number=len(self._attempts) + 1,
            plug_in=plug_in,
            protocol=protocol_of(evidence),
            outcome=outcome,
            stages=stages(evidence),
            findings=findings,
            facts=facts_of(evidence, self._mask),
            curve=evidence.curve,
        )
        self._attempts.append(attempt)
        # Only what the next attempt is held against: the layers and how it ended.
        self._before = evidence
        self._opaque += evidence.opaque
        self._encrypted += evidence.connection is not None and evidence.connection.tls

    def _remarks(self) -> list[str]:
        said = list(self._listener.remarks)
        if self._tails:
            said.append("the capture begins with the end of an earlier session, which is left out")
        if self._before is not None and unfinished(self._before):
            said.append("the capture ends before its last attempt does")
        if self._encrypted:
            said.append(f"{self._encrypted} attempt(s) are encrypted (TLS): only SDP and TCP could be judged")
        if self._opaque and self._decoder is None:
            said.append(f"{self._opaque} messages were not decoded: no schemas are at hand")
        elif self._opaque:
            said.append(f"{self._opaque} messages are in a protocol that is not known here")
        return said
