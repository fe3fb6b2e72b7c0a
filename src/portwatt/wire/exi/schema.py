"""Reads XML Schema documents into declarations, as far as schemas of V2G go.

Names are written {namespace}local throughout. Not understood, and said so by SchemaError: xs:all, groups, attribute
wildcards, lists, unions, and datatypes that no schema of V2G uses (decimal, float, dateTime).
"""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO
from typing import Final, TypeAlias
from xml.etree import ElementTree
from xml.etree.ElementTree import Element as Node

from msgspec import Struct

from portwatt.errors import UsageError
from portwatt.wire.exi.values import Binary, Boolean, Datatype, Integer, Text, Words

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_SKIPPED: Final = {f"{_XS}{name}" for name in ("annotation", "attribute")}
_TEXTS: Final = (
    "string",
    "normalizedString",
    "token",
    "anyURI",
    "ID",
    "IDREF",
    "NCName",
    "Name",
    "NMTOKEN",
    "language",
)
_BUILT_IN: Final[dict[str, Datatype]] = {
    **{f"{_XS}{name}": Text() for name in _TEXTS},
    f"{_XS}boolean": Boolean(),
    f"{_XS}hexBinary": Binary(),
    f"{_XS}base64Binary": Binary(),
    f"{_XS}integer": Integer(),
    f"{_XS}nonNegativeInteger": Integer(low=0),
    f"{_XS}positiveInteger": Integer(low=1),
    f"{_XS}byte": Integer(-(2**7), 2**7 - 1),
    f"{_XS}short": Integer(-(2**15), 2**15 - 1),
    f"{_XS}int": Integer(-(2**31), 2**31 - 1),
    f"{_XS}long": Integer(-(2**63), 2**63 - 1),
    f"{_XS}unsignedByte": Integer(0, 2**8 - 1),
    f"{_XS}unsignedShort": Integer(0, 2**16 - 1),
    f"{_XS}unsignedInt": Integer(0, 2**32 - 1),
    f"{_XS}unsignedLong": Integer(0, 2**64 - 1),
}


class SchemaError(UsageError):
    """A schema document is broken, lacks what it refers to, or uses what this codec does not understand."""


class Attribute(Struct, frozen=True):
    """An attribute of a type."""

    name: str
    datatype: Datatype
    required: bool


class ElementUse(Struct, frozen=True):
    """A place for an element, declared here or by a reference; occurs `low` to `high` times, None: without end."""

    element: Element
    low: int = 1
    high: int | None = 1


class Wildcard(Struct, frozen=True):
    """A place for any element of some namespaces."""

    low: int = 1
    high: int | None = 1


class Group(Struct, frozen=True):
    """A sequence or, with `choice`, alternatives."""

    parts: tuple[Particle, ...]
    choice: bool = False
    low: int = 1
    high: int | None = 1


Particle: TypeAlias = "ElementUse | Wildcard | Group"


class ComplexType(Struct, frozen=True):
    """What an element with attributes or children may hold. `text`: the datatype of simple content.

    `content` of an extension is the base's content followed by its own.
    """

    attributes: tuple[Attribute, ...] = ()
    content: Group = Group(())
    text: Datatype | None = None
    mixed: bool = False


class Element(Struct, frozen=True):
    """An element declaration. Its type is looked up when it is needed, as types may hold themselves."""

    name: str
    type_name: str | None
    inline: int | None = None
    """Number of an anonymous type in the schema."""


class Schema:
    """All declarations of a set of documents that import one another. Raises SchemaError."""

    def __init__(self, documents: Iterable[str]) -> None:
        self.elements: dict[str, Element] = {}
        self._members: dict[str, list[str]] = {}
        self._nodes: dict[str, tuple[_Document, Node]] = {}
        self._inline: list[tuple[_Document, Node]] = []
        self._types: dict[str | int, ComplexType | Datatype] = {}
        self.namespaces: set[str] = set()
        for text in documents:
            self._take(_Document(text))

    def type_of(self, element: Element) -> ComplexType | Datatype:
        """Return the type of an element."""
        key = element.type_name if element.type_name is not None else element.inline
        if key is None:
            raise SchemaError(f"{element.name} has no type; elements of any type are not supported")
        known = self._types.get(key)
        if known is None:
            known = self._types[key] = self._built(key)
        return known

    def substitutes(self, element: Element) -> list[Element]:
        """Return what may stand in the place of an element, itself included, by local name and then namespace."""
        found = {element.name}
        open_names = [element.name]
        while open_names:
            for member in self._members.get(open_names.pop(), ()):
                if member not in found:
                    found.add(member)
                    open_names.append(member)
        if len(found) == 1:
            return [element]
        return [self.elements[name] for name in sorted(found, key=by_local_name)]

    def roots(self) -> list[Element]:
        """Return the global elements by local name and then namespace (clause 8.5.1)."""
        return [self.elements[name] for name in sorted(self.elements, key=by_local_name)]

    def _take(self, document: _Document) -> None:
        self.namespaces.add(document.namespace)
        for node in document.root:
            name = node.get("name")
            if name is None:
                continue
            full = f"{{{document.namespace}}}{name}"
            if node.tag == f"{_XS}element":
                self.elements[full] = self._element(document, node, full)
                head = node.get("substitutionGroup")
                if head:
                    self._members.setdefault(document.qualified(head), []).append(full)
            elif node.tag in {f"{_XS}complexType", f"{_XS}simpleType"}:
                self._nodes[full] = (document, node)
            else:
                raise SchemaError(f"{node.tag.removeprefix(_XS)} {full} is not supported")

    def _element(self, document: _Document, node: Node, name: str) -> Element:
        type_name = node.get("type")
        if type_name is not None:
            return Element(name, document.qualified(type_name))
        for child in node:
            if child.tag in {f"{_XS}complexType", f"{_XS}simpleType"}:
                self._inline.append((document, child))
                return Element(name, None, len(self._inline) - 1)
        return Element(name, None)

    def _built(self, key: str | int) -> ComplexType | Datatype:
        if isinstance(key, int):
            document, node = self._inline[key]
        elif key in _BUILT_IN:
            return _BUILT_IN[key]
        elif key in self._nodes:
            document, node = self._nodes[key]
        else:
            raise SchemaError(f"The type {key} is declared nowhere, or is a datatype that is not supported")
        return self._simple(document, node) if node.tag == f"{_XS}simpleType" else self._complex(document, node)

    def _named(self, document: _Document, reference: str) -> ComplexType | Datatype:
        return self.type_of(Element("", document.qualified(reference)))

    def _simple(self, document: _Document, node: Node) -> Datatype:
        restriction = node.find(f"{_XS}restriction")
        if restriction is None:
            raise SchemaError(f"The type {node.get('name')} is a list or a union, which is not supported")
        return self._restricted(document, restriction)

    def _restricted(self, document: _Document, restriction: Node) -> Datatype:
        inner = restriction.find(f"{_XS}simpleType")
        base = self._simple(document, inner) if inner is not None else self._datatype(document, restriction.get("base"))
        words = tuple(child.get("value", "") for child in restriction.findall(f"{_XS}enumeration"))
        if words:
            return Words(words)
        if restriction.find(f"{_XS}pattern") is not None:
            raise SchemaError("A pattern restricts the characters of a type, which is not supported")
        return base.within(*_bounds(restriction)) if isinstance(base, Integer) else base

    def _datatype(self, document: _Document, reference: str | None) -> Datatype:
        found = self._named(document, reference or "")
        if isinstance(found, ComplexType):
            raise SchemaError(f"{reference} has attributes or children where a plain value is wanted")
        return found

    def _complex(self, document: _Document, node: Node) -> ComplexType:
        mixed = node.get("mixed") == "true"
        for wrapper in ("complexContent", "simpleContent"):
            content = node.find(f"{_XS}{wrapper}")
            if content is not None:
                return self._derived(document, content, mixed)
        return ComplexType(self._attributes(document, node), self._content(document, node), mixed=mixed)

    def _derived(self, document: _Document, content: Node, mixed: bool) -> ComplexType:
        step = content.find(f"{_XS}extension")
        extends = step is not None
        if step is None:
            step = content.find(f"{_XS}restriction")
        if step is None:
            raise SchemaError("A derived type neither extends nor restricts its base")
        base = self._named(document, step.get("base", ""))
        attributes = self._attributes(document, step)
        if not isinstance(base, ComplexType):
            return ComplexType(attributes, text=base)
        own = self._content(document, step)
        return ComplexType(
            attributes=(*base.attributes, *attributes),
            content=Group((base.content, own)) if extends else own,
            text=base.text,
            mixed=mixed or base.mixed,
        )

    def _attributes(self, document: _Document, node: Node) -> tuple[Attribute, ...]:
        found = []
        for child in node.findall(f"{_XS}attribute"):
            name, reference = child.get("name"), child.get("type")
            if name is None or reference is None:
                raise SchemaError("An attribute without a name or a type is not supported")
            full = f"{{{document.namespace if document.qualifies_attributes else ''}}}{name}"
            found.append(Attribute(full, self._datatype(document, reference), child.get("use") == "required"))
        return tuple(found)

    def _content(self, document: _Document, node: Node) -> Group:
        parts = [self._particle(document, child) for child in node if child.tag not in _SKIPPED]
        return Group(tuple(parts))

    def _particle(self, document: _Document, node: Node) -> Particle:
        low, high = int(node.get("minOccurs", "1")), node.get("maxOccurs", "1")
        most = None if high == "unbounded" else int(high)
        match node.tag.removeprefix(_XS):
            case "element":
                return ElementUse(self._used(document, node), low, most)
            case "any":
                if node.get("namespace", "##any") not in {"##any", "##other"}:
                    raise SchemaError("A wildcard for a list of namespaces is not supported")
                return Wildcard(low, most)
            case "sequence" | "choice" as kind:
                children = [child for child in node if child.tag not in _SKIPPED]
                parts = tuple(self._particle(document, child) for child in children)
                return Group(parts, kind == "choice", low, most)
            case other:
                raise SchemaError(f"{other} is not supported in the content of a type")

    def _used(self, document: _Document, node: Node) -> Element:
        reference = node.get("ref")
        if reference is None:
            namespace = document.namespace if document.qualifies_elements else ""
            return self._element(document, node, f"{{{namespace}}}{node.get('name')}")
        full = document.qualified(reference)
        if full not in self.elements:
            raise SchemaError(f"The element {full} is declared nowhere")
        return self.elements[full]


class _Document:
    """One schema document: its root, its target namespace and the prefixes it declares at its head."""

    def __init__(self, text: str) -> None:
        self._prefixes: dict[str, str] = {}
        root: Node | None = None
        try:
            # The documents are part of the installation; none comes from a peer.
            for event, item in ElementTree.iterparse(StringIO(text), events=("start", "start-ns")):  # noqa: S314
                if event == "start-ns":
                    self._prefixes.setdefault(*item)
                elif root is None:
                    root = item
        except ElementTree.ParseError as error:
            raise SchemaError(f"A schema document is not well-formed XML: {error}") from error
        if root is None or root.tag != f"{_XS}schema":
            raise SchemaError("A schema document does not begin with xs:schema")
        self.root = root
        self.namespace = root.get("targetNamespace", "")
        self.qualifies_elements = root.get("elementFormDefault") == "qualified"
        self.qualifies_attributes = root.get("attributeFormDefault") == "qualified"

    def qualified(self, reference: str) -> str:
        prefix, _, name = reference.rpartition(":")
        return f"{{{self._prefixes.get(prefix, '')}}}{name}"


def by_local_name(name: str) -> tuple[str, str]:
    """Return the key by which EXI sorts qualified names: local name first."""
    namespace, _, local_name = name.rpartition("}")
    return local_name, namespace


def _bounds(restriction: Node) -> tuple[int | None, int | None]:
    low = high = None
    for child in restriction:
        value = child.get("value", "")
        match child.tag.removeprefix(_XS):
            case "minInclusive":
                low = int(value)
            case "maxInclusive":
                high = int(value)
            case "minExclusive":
                low = int(value) + 1
            case "maxExclusive":
                high = int(value) - 1
            case _:
                pass
    return low, high
