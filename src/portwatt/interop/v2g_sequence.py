"""Which request may follow which (DIN SPEC 70121, ISO 15118-2 and -20; the order of v2g_facts, secondary source)."""

from __future__ import annotations

from collections.abc import Mapping

from portwatt.interop.v2g_evidence import Exchange

_COMMON: Mapping[str, frozenset[str]] = {
    name: frozenset(following.split())
    for name, following in {
        "supportedAppProtocol": "SessionSetup",
        "SessionSetup": "ServiceDiscovery AuthorizationSetup",
        "ServiceDiscovery": "ServiceDetail ServicePaymentSelection PaymentServiceSelection ServiceSelection",
        "ServiceDetail": "ServiceDetail PaymentServiceSelection ServicePaymentSelection ServiceSelection",
        "ServicePaymentSelection": "ContractAuthentication",
        "PaymentServiceSelection": "PaymentDetails CertificateInstallation CertificateUpdate Authorization",
        "CertificateInstallation": "PaymentDetails AuthorizationSetup Authorization CertificateInstallation",
        "CertificateUpdate": "PaymentDetails",
        "PaymentDetails": "Authorization",
        "AuthorizationSetup": "Authorization CertificateInstallation",
        "ContractAuthentication": "ContractAuthentication ChargeParameterDiscovery",
        "Authorization": "Authorization ChargeParameterDiscovery ServiceDiscovery",
        "ServiceSelection": "DC_ChargeParameterDiscovery AC_ChargeParameterDiscovery ServiceSelection",
        "ChargeParameterDiscovery": "ChargeParameterDiscovery CableCheck PowerDelivery",
        "DC_ChargeParameterDiscovery": "ScheduleExchange DC_ChargeParameterDiscovery",
        "AC_ChargeParameterDiscovery": "ScheduleExchange AC_ChargeParameterDiscovery",
        "ScheduleExchange": "ScheduleExchange DC_CableCheck PowerDelivery",
        "CableCheck": "CableCheck PreCharge",
        "DC_CableCheck": "DC_CableCheck DC_PreCharge",
        "PreCharge": "PreCharge PowerDelivery",
        "DC_PreCharge": "DC_PreCharge PowerDelivery",
        "CurrentDemand": "CurrentDemand MeteringReceipt PowerDelivery ChargeParameterDiscovery",
        "ChargingStatus": "ChargingStatus MeteringReceipt PowerDelivery ChargeParameterDiscovery",
        "DC_ChargeLoop": "DC_ChargeLoop PowerDelivery",
        "AC_ChargeLoop": "AC_ChargeLoop PowerDelivery",
        "MeteringReceipt": "CurrentDemand ChargingStatus PowerDelivery",
        "PowerDelivery": "CurrentDemand ChargingStatus DC_ChargeLoop AC_ChargeLoop WeldingDetection "
        "DC_WeldingDetection ChargeParameterDiscovery PowerDelivery ScheduleExchange CableCheck",
        "WeldingDetection": "WeldingDetection",
        "DC_WeldingDetection": "DC_WeldingDetection",
        "SessionStop": "",
    }.items()
}
_FROM_ANYWHERE = frozenset(("SessionStop", "PowerDelivery"))
"""A vehicle may end at any time: with SessionStop, or by first asking for the power to be taken away."""
_NOT_BEFORE = frozenset(("supportedAppProtocol", "SessionSetup"))


def legal_after(before: Exchange, exchange: Exchange) -> bool:
    """Whether this request may follow that one. Names nobody knows are not judged."""
    known = _COMMON.get(before.name)
    if known is None or exchange.name not in _COMMON:
        return True
    if exchange.name == "PowerDelivery" and exchange.asked("ChargeProgress") == "Start":
        return "PowerDelivery" in known
    if exchange.name in _FROM_ANYWHERE and before.name not in (*_NOT_BEFORE, "SessionStop"):
        return True
    return exchange.name in known
