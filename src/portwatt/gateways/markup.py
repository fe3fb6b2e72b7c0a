"""HTML and SVG as nested calls. Text is escaped wherever it stands, so nothing read from a file can become markup."""

from __future__ import annotations

from html import escape

from portwatt.errors import BugError


class Html(str):
    """Text that is markup already: made by `tag` and `join`, or a literal of our own."""

    __slots__ = ()


Content = Html | str | int | None
Attribute = str | int | float | None

_VOID = frozenset({"br", "meta", "input"})


def tag(name: str, /, *content: Content, **attributes: Attribute) -> Html:
    """One element. An attribute's name loses a last `_` (``class_``) and has `-` for the others; None leaves it out.

    Raises BugError for an attribute that would run a script: the page must do without.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*content)}</{name}>")


def join(*content: Content) -> Html:
    """Pieces one after another; what is not markup is escaped."""
    return Html("".join(_text(piece) for piece in content if piece is not None))


def _text(piece: Content) -> str:
    return piece if isinstance(piece, Html) else escape(str(piece))


def _attribute(key: str, value: Attribute) -> str:
    name = key.removesuffix("_").replace("_", "-")
    if name.lower().startswith("on"):
        raise BugError(f"the attribute {name} would run a script")
    return f' {name}="{escape(str(value))}"'
