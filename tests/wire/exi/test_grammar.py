from __future__ import annotations

from portwatt.wire.exi.grammar import Kind, State, states_of
from portwatt.wire.exi.schema import ComplexType, Schema

HEAD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:a" targetNamespace="urn:a">
<xs:element name="A" type="xs:string"/><xs:element name="B" type="xs:string" substitutionGroup="A"/>"""


def first(content: str) -> State:
    schema = Schema([f'{HEAD}<xs:element name="E"><xs:complexType {content}</xs:complexType></xs:element></xs:schema>'])
    kind = schema.type_of(schema.elements["{urn:a}E"])
    assert isinstance(kind, ComplexType)
    return states_of(schema, kind)


def codes(state: State) -> list[str]:
    return [edge.key or edge.kind.name for edge in state.edges]


def after(state: State, *keys: str) -> State:
    for key in keys:
        follow = next(edge.next for edge in state.edges if edge.key == key)
        assert follow is not None
        state = follow
    return state


def test_optional_elements_may_be_passed_over() -> None:
    state = first(
        """><xs:sequence><xs:element name="x" type="xs:int" minOccurs="0"/>
        <xs:element name="y" type="xs:int"/><xs:element name="z" type="xs:int" minOccurs="0"/></xs:sequence>"""
    )
    assert codes(state) == ["x", "y"]
    assert codes(after(state, "x")) == ["y"]
    assert codes(after(state, "y")) == ["z", "END"]
    assert codes(after(state, "y", "z")) == ["END"]


def test_the_width_has_room_for_leaving_the_schema() -> None:
    state = first('><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence>')
    assert state.width == 1
    three = "".join(f'<xs:element name="{name}" type="xs:int"/>' for name in "abc")
    assert first(f"><xs:choice>{three}</xs:choice>").width == 2
    four = three + '<xs:element name="d" type="xs:int"/>'
    assert first(f"><xs:choice>{four}</xs:choice>").width == 3


def test_repetitions_are_counted_and_their_values_are_lists() -> None:
    state = first('><xs:sequence><xs:element name="x" type="xs:int" minOccurs="2" maxOccurs="4"/></xs:sequence>')
    assert codes(state) == codes(after(state, "x")) == ["x"]
    assert codes(after(state, "x", "x")) == codes(after(state, "x", "x", "x")) == ["x", "END"]
    assert codes(after(state, "x", "x", "x", "x")) == ["END"]
    assert state.edges[0].many


def test_endless_repetition_comes_back_to_one_state() -> None:
    state = first('><xs:sequence><xs:element name="x" type="xs:int" maxOccurs="unbounded"/></xs:sequence>')
    again = after(state, "x")
    assert codes(again) == ["x", "END"]
    assert after(again, "x") is again


def test_an_element_in_two_places_is_a_list_but_not_in_two_alternatives() -> None:
    places = '<xs:element name="x" type="xs:int"/><xs:element name="x" type="xs:int"/>'
    assert first(f"><xs:sequence>{places}</xs:sequence>").edges[0].many
    assert not first(f"><xs:choice>{places}</xs:choice>").edges[0].many


def test_substitutes_and_their_head_stand_in_its_place() -> None:
    state = first('><xs:sequence><xs:element ref="A" minOccurs="0"/></xs:sequence>')
    assert codes(state) == ["A", "B", "END"]


def test_attributes_come_first_by_name() -> None:
    state = first(
        """><xs:sequence><xs:element name="x" type="xs:int" minOccurs="0"/></xs:sequence>
        <xs:attribute name="Name" type="xs:string" use="required"/><xs:attribute name="Id" type="xs:ID"/>"""
    )
    assert codes(state) == ["@Id", "@Name"]
    assert codes(after(state, "@Id")) == ["@Name"]
    assert codes(after(state, "@Name")) == ["x", "END"]


def test_mixed_content_allows_text_everywhere_but_before_required_attributes() -> None:
    state = first(
        """mixed="true"><xs:sequence><xs:any namespace="##other" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
        <xs:attribute name="Algorithm" type="xs:anyURI" use="required"/>"""
    )
    assert codes(state) == ["@Algorithm"]
    inside = after(state, "@Algorithm")
    assert codes(inside) == ["ANY_ELEMENT", "END", "$"]
    assert after(inside, "$") is inside


def test_text_beside_attributes() -> None:
    state = first(
        """><xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="Id" type="xs:ID"/></xs:extension>
        </xs:simpleContent>"""
    )
    assert codes(state) == ["@Id", "$"]
    assert [edge.kind for edge in after(state, "$").edges] == [Kind.END]
