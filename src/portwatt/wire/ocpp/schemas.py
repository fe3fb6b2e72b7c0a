"""The door: JSON schemas of a version, compiled, and what their errors mean as OCPP error codes."""

from collections.abc import Mapping
from typing import Final

import jsonschema_rs
import msgspec
from jsonschema_rs import ValidationError, ValidationErrorKind

from portwatt.errors import BugError
from portwatt.wire.ocpp.versions import ErrorCode, OcppVersion

SEND_ACTIONS: Final = frozenset({"NotifyPeriodicEventStream"})
"""Actions of 2.1 that travel as SEND: their one document has no Request in its name and there is no response."""


class Violation(msgspec.Struct, frozen=True):
    """Why a payload is refused: code, JSON pointer of the place, and words for a person that name the place."""

    code: ErrorCode
    pointer: str
    description: str


class SchemaSet:
    """The schemas of one version, compiled when first needed.

    `documents` maps the name of each document ("BootNotificationRequest"; in 1.6 requests are plain "BootNotification")
    to its JSON text.
    """

    def __init__(self, version: OcppVersion, documents: Mapping[str, str]) -> None:
        self.version = version
        self._documents = documents
        self._compiled: dict[str, jsonschema_rs.Validator] = {}
        self._request_suffix = "" if version is OcppVersion.V16 else "Request"

    def request_fault(self, action: str, payload: object) -> Violation | None:
        """Return the first fault of a request of `action`, or None."""
        return self._fault(action if action in SEND_ACTIONS else action + self._request_suffix, payload)

    def response_fault(self, action: str, payload: object) -> Violation | None:
        """Return the first fault of a response to `action`, or None."""
        return self._fault(action + "Response", payload)

    def _fault(self, name: str, payload: object) -> Violation | None:
        validator = self._compiled.get(name) or self._compile(name)
        try:
            if validator.is_valid(payload):
                return None
            return self._violation(next(validator.iter_errors(payload)))
        except ValueError as error:
            return Violation(ErrorCode.FORMAT_VIOLATION, "", f"the payload cannot be checked: {error}")

    def _compile(self, name: str) -> jsonschema_rs.Validator:
        if name not in self._documents:
            raise BugError(f"{self.version.value} has no schema document {name}")
        # Times are read by the typed messages, which tolerate what a station's profile allows.
        validator = jsonschema_rs.validator_for(self._documents[name], validate_formats=False)
        self._compiled[name] = validator
        return validator

    def _violation(self, error: ValidationError) -> Violation:
        escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in error.instance_path)
        pointer = "".join(f"/{part}" for part in escaped)
        code, words = _meaning(error.kind, self.version)
        return Violation(code, pointer, f"{pointer or 'payload'}: {words}")


def _meaning(kind: ValidationErrorKind, version: OcppVersion) -> tuple[ErrorCode, str]:
    """Map a schema error to the code of OCPP-J 1.6 table 7 or 2.0.1 part 4 section 4.3, and to words."""
    match kind:
        case ValidationErrorKind.Required(name):
            # 1.6 calls an incomplete payload ProtocolError, 2.x a violated occurrence.
            missing_16 = version is OcppVersion.V16
            code = ErrorCode.PROTOCOL_ERROR if missing_16 else ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION
            return code, f"the field {name} is missing"
        case ValidationErrorKind.Type(types):
            return ErrorCode.TYPE_CONSTRAINT_VIOLATION, f"must be of type {' or '.join(types)}"
        case ValidationErrorKind.AdditionalProperties(names):
            known = ", ".join(name[:50] for name in names[:3])
            return ErrorCode.FORMAT_VIOLATION, f"has fields this message does not have: {known}"
        case ValidationErrorKind.MinItems(limit):
            return ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, f"needs at least {limit} elements"
        case ValidationErrorKind.MaxItems(limit):
            return ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, f"may have at most {limit} elements"
        case ValidationErrorKind.Enum(options):
            shown = ", ".join(map(str, options[:8])) + (", ..." if len(options) > 8 else "")
            return ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"must be one of {shown}"
        case ValidationErrorKind.MaxLength(limit):
            return ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"may have at most {limit} characters"
        case ValidationErrorKind.Minimum(limit):
            return ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"must be at least {limit}"
        case ValidationErrorKind.Maximum(limit):
            return ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"must be at most {limit}"
        case ValidationErrorKind.MultipleOf(step):
            return ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"must be a multiple of {step}"
        case _:
            return ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"breaks the rule {kind.name} of its schema"
