"""Speaks to EXIficient, the reference implementation of EXI, through Java and the archive in the package iso15118."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import iso15118

from portwatt.wire.exi.v2g import Dialect

_SHARED = Path(iso15118.__file__).parent / "shared"
_MAIN = {
    Dialect.SAP: "V2G_CI_AppProtocol.xsd",
    Dialect.DIN: "din_spec/V2G_CI_MsgDef.xsd",
    Dialect.ISO2: "iso15118_2/V2G_CI_MsgDef.xsd",
    Dialect.ISO20_COMMON: "iso15118_20/V2G_CI_CommonMessages.xsd",
    Dialect.ISO20_AC: "iso15118_20/V2G_CI_AC.xsd",
    Dialect.ISO20_DC: "iso15118_20/V2G_CI_DC.xsd",
}


def available() -> bool:
    """Whether this machine has what is needed."""
    return shutil.which("java") is not None and (_SHARED / "EXICodec.jar").is_file()


def schemas_in(folder: Path) -> dict[Dialect, Path]:
    """Lay the schemas out as their imports expect them, without the document type that would be fetched."""
    signatures = (_SHARED / "schemas" / "xmldsig-core-schema.xsd").read_text("utf-8")
    plain = re.sub(r"<!DOCTYPE.*?\]>", "", signatures, flags=re.DOTALL)
    for place in ("", "din_spec", "iso15118_2", "iso15118_20"):
        (folder / place).mkdir(exist_ok=True)
        (folder / place / "xmldsig-core-schema.xsd").write_text(plain, "utf-8")
        for document in (_SHARED / "schemas" / place).glob("V2G*.xsd"):
            shutil.copy(document, folder / place)
    return {dialect: folder / name for dialect, name in _MAIN.items()}


def run(schemas: dict[Dialect, Path], messages: list[tuple[Dialect, bytes]]) -> list[ElementTree.Element | str]:
    """Return the root of each message as EXIficient decodes it, or its complaint."""
    lines = "\n".join(f"{schemas[dialect]} decode {data.hex()}" for dialect, data in messages)
    source = Path(__file__).with_name("Exificient.java")
    jar = str(_SHARED / "EXICodec.jar")
    done = subprocess.run(["java", "-cp", jar, str(source)], input=lines, capture_output=True, text=True, check=True)
    return [_parsed(line) for line in done.stdout.splitlines()]


def _parsed(line: str) -> ElementTree.Element | str:
    return line if line.startswith("error") else ElementTree.fromstring(base64.b64decode(line))


def differences(node: ElementTree.Element, ours: Any, path: str = "") -> list[str]:
    """Say where what EXIficient decoded differs from what we did."""
    where = f"{path}/{_local(node.tag)}"
    if not isinstance(ours, dict):
        return _unequal(where, node.text or "", ours)
    found = []
    left = dict(ours)
    for name, text in node.attrib.items():
        found += _unequal(f"{where}@{_local(name)}", text, left.pop(f"@{_local(name)}", None))
    texts = left.pop("$", None)
    if texts is not None:
        spelled = [node.text, *(child.tail for child in node)]
        whole = "".join(text or "" for text in spelled)
        found += _unequal(f"{where}$", whole, "".join(texts) if isinstance(texts, list) else texts)
    position: dict[str, int] = {}
    for child in node:
        name = _local(child.tag)
        value = left.get(name)
        if isinstance(value, list):
            at = position[name] = position.get(name, -1) + 1
            value = value[at] if at < len(value) else None
        elif name in position:
            found.append(f"{where}/{name} twice")
        else:
            position[name] = 0
        found += differences(child, value, where)
    for name, value in left.items():
        if position.get(name, -1) + 1 != (len(value) if isinstance(value, list) else 1):
            found.append(f"{where}/{name} comes {position.get(name, -1) + 1} times; ours: {value!r}")
    return found


def _unequal(where: str, text: str, value: Any) -> list[str]:
    if isinstance(value, bytes):
        same = text.lower() == value.hex() or base64.b64decode(text, validate=False) == value
    elif isinstance(value, bool):
        same = text == str(value).lower()
    else:
        same = value is not None and text == str(value)
    return [] if same else [f"{where}: {text!r}, ours {value!r}"]


def _local(name: str) -> str:
    return name.rpartition("}")[2]
