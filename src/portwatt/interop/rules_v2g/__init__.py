"""The rules of CCS2, V01 to V20. Each takes the evidence of one attempt and says what it finds, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from portwatt.interop.finding import Finding
from portwatt.interop.rules_v2g import link, session, status, timing
from portwatt.interop.v2g_evidence import V2gEvidence

V2gRule = Callable[[V2gEvidence], Iterable[Finding]]

V2G_RULES: Mapping[str, V2gRule] = MappingProxyType(
    {
        "V01": link.v01_slac_incomplete,
        "V02": link.v02_no_sdp,
        "V03": link.v03_sdp_unanswered,
        "V04": link.v04_no_connection,
        "V05": link.v05_tls_against_offer,
        "V06": session.v06_no_common_protocol,
        "V07": session.v07_session_id,
        "V08": session.v08_failed_response,
        "V09": session.v09_sequence_error,
        "V10": timing.v10_late_response,
        "V11": timing.v11_loop_ran_out,
        "V12": status.v12_station_status,
        "V13": status.v13_ev_error,
        "V14": status.v14_silent_exit,
        "V15": session.v15_transfer_type,
        "V16": session.v16_payment,
        "V17": session.v17_illegal_content,
        "V18": status.v18_isolation,
        "V19": timing.v19_unanswered,
        "V20": link.v20_tcp_loss,
    }
)
