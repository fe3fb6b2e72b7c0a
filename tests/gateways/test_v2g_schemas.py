"""The schema documents of V2G are all there, and make grammars."""

import importlib.util

import pytest

from portwatt.errors import UsageError
from portwatt.gateways import v2g_schemas
from portwatt.gateways.v2g_schemas import load_v2g, schema_documents
from portwatt.wire.exi.v2g import Dialect


def test_it_reads_once() -> None:
    assert load_v2g() is load_v2g()


@pytest.mark.parametrize(
    ("dialect", "documents", "head"),
    [
        (Dialect.SAP, 1, "8000"),
        (Dialect.DIN, 5, "809a"),
        (Dialect.ISO2, 5, "8098"),
        (Dialect.ISO20_COMMON, 3, "808c"),
        (Dialect.ISO20_AC, 3, "8000"),
        (Dialect.ISO20_DC, 3, "8000"),
    ],
)
def test_every_dialect_has_its_documents_and_a_root(dialect: Dialect, documents: int, head: str) -> None:
    assert len(schema_documents(dialect)) == documents
    assert load_v2g().codec(dialect).root_of(bytes.fromhex(head))


def test_where_the_package_is_missing_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(v2g_schemas, "find_spec", lambda name: importlib.util.find_spec(f"{name}_is_not_installed"))
    with pytest.raises(UsageError, match=r"pip install 'portwatt\[interop\]'"):
        schema_documents(Dialect.DIN)
