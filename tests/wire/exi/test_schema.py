from __future__ import annotations

import pytest

from portwatt.wire.exi.schema import ComplexType, Schema, SchemaError
from portwatt.wire.exi.values import Integer, Text, Words

HEAD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:a" xmlns:b="urn:b"
  targetNamespace="urn:a" elementFormDefault="qualified">"""


def schema(*content: str) -> Schema:
    return Schema([f"{HEAD}{text}</xs:schema>" for text in content])


def type_of_e(content: str) -> object:
    found = schema(content)
    return found.type_of(found.elements["{urn:a}E"])


def test_names_carry_their_namespace_and_roots_are_sorted_by_local_name() -> None:
    other = HEAD.replace('targetNamespace="urn:a"', 'targetNamespace="urn:b"')
    found = Schema(
        [
            f'{HEAD}<xs:element name="Beta" type="xs:string"/><xs:element name="Alpha" type="xs:string"/></xs:schema>',
            f'{other}<xs:element name="Alpha" type="xs:string"/></xs:schema>',
        ]
    )
    assert [root.name for root in found.roots()] == ["{urn:a}Alpha", "{urn:b}Alpha", "{urn:a}Beta"]


def test_bounds_of_derived_integers_narrow() -> None:
    found = schema(
        """<xs:element name="P" type="priority"/>
        <xs:simpleType name="id"><xs:restriction base="xs:unsignedByte"/></xs:simpleType>
        <xs:simpleType name="priority"><xs:restriction base="id">
          <xs:minInclusive value="1"/><xs:maxExclusive value="21"/></xs:restriction></xs:simpleType>"""
    )
    assert found.type_of(found.elements["{urn:a}P"]) == Integer(1, 20)


def test_enumerations_keep_the_order_of_the_schema() -> None:
    found = schema(
        """<xs:element name="C"><xs:simpleType><xs:restriction base="xs:string">
        <xs:enumeration value="b"/><xs:enumeration value="a"/></xs:restriction></xs:simpleType></xs:element>"""
    )
    assert found.type_of(found.elements["{urn:a}C"]) == Words(("b", "a"))


def test_an_extension_holds_what_its_base_holds_first() -> None:
    found = schema(
        """<xs:element name="E" type="more"/>
        <xs:complexType name="base"><xs:sequence><xs:element name="x" type="xs:string"/></xs:sequence>
          <xs:attribute name="Id" type="xs:ID"/></xs:complexType>
        <xs:complexType name="more"><xs:complexContent><xs:extension base="base">
          <xs:sequence><xs:element name="y" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent>
        </xs:complexType>
        <xs:complexType name="text"><xs:simpleContent><xs:extension base="xs:string"/></xs:simpleContent>
        </xs:complexType><xs:element name="T" type="text"/>"""
    )
    more = found.type_of(found.elements["{urn:a}E"])
    assert isinstance(more, ComplexType)
    assert [attribute.name for attribute in more.attributes] == ["{}Id"]
    text = found.type_of(found.elements["{urn:a}T"])
    assert isinstance(text, ComplexType)
    assert text.text == Text()


def test_substitutes_are_found_through_others_and_sorted() -> None:
    found = schema(
        """<xs:element name="Body" type="xs:string" abstract="true"/>
        <xs:element name="Zeta" type="xs:string" substitutionGroup="Body"/>
        <xs:element name="Alpha" type="xs:string" substitutionGroup="Zeta"/>"""
    )
    names = [element.name for element in found.substitutes(found.elements["{urn:a}Body"])]
    assert names == ["{urn:a}Alpha", "{urn:a}Body", "{urn:a}Zeta"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('<xs:element name="E" type="missing"/>', "missing is declared nowhere"),
        ('<xs:element name="E" type="xs:decimal"/>', "datatype that is not supported"),
        ('<xs:element name="E"/>', "has no type"),
        ('<xs:group name="G"/>', "group {urn:a}G is not supported"),
        (
            '<xs:element name="E"><xs:simpleType><xs:list itemType="xs:int"/></xs:simpleType></xs:element>',
            "list or a union",
        ),
        (
            '<xs:element name="E"><xs:complexType><xs:sequence><xs:element ref="F"/></xs:sequence></xs:complexType>'
            "</xs:element>",
            "F is declared nowhere",
        ),
        ('<xs:element name="E"><xs:complexType><xs:all/></xs:complexType></xs:element>', "all is not supported"),
        (
            '<xs:element name="E"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="a"/>'
            "</xs:restriction></xs:simpleType></xs:element>",
            "pattern",
        ),
    ],
)
def test_what_is_not_understood_is_said(content: str, complaint: str) -> None:
    with pytest.raises(SchemaError, match=complaint):
        type_of_e(content)


@pytest.mark.parametrize("text", ["", "<xs:schema", "<html/>"])
def test_what_is_no_schema_is_said(text: str) -> None:
    with pytest.raises(SchemaError):
        Schema([text])
