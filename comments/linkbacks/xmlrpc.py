"""XML-RPC: bytes to calls and answers, and back.

Source: XML-RPC specification (Winer, 1999/2003); fault codes below -32000 after "Specification for
Fault Code Interoperability" (2001). Python's own `xmlrpc` is not used: it accepts DTDs, runs
`system.multicall`, and builds nested values without bound.
"""

import re
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import ElementTree

MAX_BYTES = 64 * 1024
MAX_DEPTH = 10

NOT_WELL_FORMED = -32700
NOT_A_CALL = -32600
NO_SUCH_METHOD = -32601
WRONG_PARAMETERS = -32602

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Fault(Exception):
    """A call is answered with this number and these words."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    parameters: list[Any]


def read_call(body: bytes) -> Call:
    """The call in `body`; raises Fault where there is none."""
    root = _parsed(body)
    method = root.find("methodName") if root.tag == "methodCall" else None
    name = (method.text or "").strip() if method is not None else ""
    if not name:
        raise Fault(NOT_A_CALL, "This is no methodCall.")
    return Call(name, [_value(value) for value in _parameters(root)])


def read_answer(body: bytes) -> Any:
    """The value in an answer; raises Fault for the other side's fault or for what is no answer."""
    root = _parsed(body)
    if root.tag != "methodResponse":
        raise Fault(NOT_A_CALL, "This is no methodResponse.")
    value = root.find("fault/value")
    if value is not None:
        fault = _value(value)
        if isinstance(fault, dict) and isinstance(fault.get("faultCode"), int):
            raise Fault(fault["faultCode"], str(fault.get("faultString", "")))
        raise Fault(NOT_A_CALL, "This fault has no number.")
    values = [_value(value) for value in _parameters(root)]
    if len(values) != 1:
        raise Fault(NOT_A_CALL, "This answer is not one value.")
    return values[0]


def write_call(method: str, *parameters: Any) -> bytes:
    written = "".join(f"<param>{_written(parameter)}</param>" for parameter in parameters)
    return _document(
        f"<methodCall><methodName>{escape(method)}</methodName>"
        f"<params>{written}</params></methodCall>"
    )


def write_answer(value: Any) -> bytes:
    param = f"<param>{_written(value)}</param>"
    return _document(f"<methodResponse><params>{param}</params></methodResponse>")


def write_fault(fault: Fault) -> bytes:
    value = _written(as_struct(fault))
    return _document(f"<methodResponse><fault>{value}</fault></methodResponse>")


def as_struct(fault: Fault) -> dict[str, Any]:
    return {"faultCode": fault.code, "faultString": fault.text}


def _parsed(body: bytes) -> Element:
    """The root element. No DTD, so no entity; blanks before the declaration are forgiven."""
    try:
        root: Element = ElementTree.fromstring(body.lstrip(), forbid_dtd=True)
    except (ParseError, ValueError, LookupError):
        raise Fault(NOT_WELL_FORMED, "This is not well-formed XML without a DOCTYPE.") from None
    return root


def _parameters(root: Element) -> list[Element]:
    parameters = root.findall("params/param")
    values = [value for param in parameters for value in param if value.tag == "value"]
    if len(values) != len(parameters):
        raise Fault(NOT_A_CALL, "Each param holds one value.")
    return values


def _value(value: Element, depth: int = 0) -> Any:
    """What a `<value>` holds: a string where it names no type (XML-RPC, "Scalar values")."""
    if depth > MAX_DEPTH:
        raise Fault(NOT_A_CALL, "The values are nested too deeply.")
    typed = next(iter(value), None)
    if typed is None:
        return value.text or ""
    if len(value) > 1:
        raise Fault(NOT_A_CALL, "A value holds one thing.")
    if typed.tag == "array":
        return [_value(item, depth + 1) for item in typed.findall("data/value")]
    if typed.tag == "struct":
        return _struct(typed, depth)
    text = typed.text or ""
    if typed.tag in ("string", "base64", "dateTime.iso8601", "double"):
        # Nobody here takes the last three: they only must not be mistaken for a string.
        return text if typed.tag == "string" else text.encode()
    if typed.tag in ("int", "i4", "i8", "boolean"):
        return _whole_number(text)
    raise Fault(NOT_A_CALL, "A value has an unknown type.")


def _whole_number(text: str) -> int:
    if not re.fullmatch(r"\s*[+-]?[0-9]{1,19}\s*", text):
        raise Fault(NOT_A_CALL, "A number is none.")
    return int(text)


def _struct(struct: Element, depth: int) -> dict[str, Any]:
    members = {}
    for member in struct.findall("member"):
        name, value = member.findtext("name"), member.find("value")
        if name is None or value is None:
            raise Fault(NOT_A_CALL, "A member lacks its name or its value.")
        members[name.strip()] = _value(value, depth + 1)
    return members


def _written(value: Any) -> str:
    if isinstance(value, dict):
        members = (
            f"<member><name>{escape(name)}</name>{_written(member)}</member>"
            for name, member in value.items()
        )
        return f"<value><struct>{''.join(members)}</struct></value>"
    if isinstance(value, list):
        items = "".join(map(_written, value))
        return f"<value><array><data>{items}</data></array></value>"
    if isinstance(value, int):
        return f"<value><int>{value}</int></value>"
    return f"<value><string>{escape(_NOT_IN_XML.sub('', value))}</string></value>"


def _document(content: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{content}\n'.encode()
