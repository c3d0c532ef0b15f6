"""An XML-RPC call comes in: which method, with what, and what we answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from comments.linkbacks import receiving, tasks, xmlrpc
from comments.linkbacks.models import Protocol
from comments.linkbacks.problems import NotTaken
from comments.linkbacks.xmlrpc import Call, Fault

MAX_CALLS = 5


@dataclass(slots=True)
class Caller:
    """Who calls, and since when: one request has one deadline, however many calls it carries."""

    address: str
    began_at: float = field(default_factory=time.monotonic)

    @property
    def left_seconds(self) -> float:
        return receiving.DEADLINE_SECONDS - (time.monotonic() - self.began_at)


def answer(body: bytes, caller: Caller) -> bytes:
    """The whole answer to a request; whatever is wrong with it becomes a fault."""
    try:
        return xmlrpc.write_answer(_run(xmlrpc.read_call(body), caller))
    except Fault as fault:
        return xmlrpc.write_fault(fault)


def _run(call: Call, caller: Caller) -> Any:
    method = METHODS.get(call.method)
    if method is None:
        raise Fault(xmlrpc.NO_SUCH_METHOD, "There is no such method here.")
    types = method.signature[1:]
    fits = len(types) == len(call.parameters) and all(
        isinstance(value, _TYPES[kind]) for value, kind in zip(call.parameters, types, strict=True)
    )
    if not fits:
        takes = ", ".join(types) or "nothing"
        raise Fault(xmlrpc.WRONG_PARAMETERS, f"This method takes {takes}.")
    return method.run(caller, *call.parameters)


def _ping(caller: Caller, source: str, target: str) -> str:
    """Source: Pingback 1.0, section 3."""
    try:
        linkback = receiving.claim(
            source.strip(), target.strip(), Protocol.PINGBACK, address=caller.address
        )
        left = caller.left_seconds
        if left > 0 and receiving.check_now(linkback, deadline_seconds=left):
            return f"The pingback from {linkback.source_url} is registered. Thank you."
    except NotTaken as refusal:
        words, seconds = refusal.problem.words, refusal.retry_after_seconds
        if seconds:
            # A fault goes with 200, so this is the place to say it.
            words = f"Too many pingbacks at once. Please try again in {seconds} seconds."
        raise Fault(refusal.problem.value, words) from None
    tasks.verify.enqueue(linkback.pk)
    return f"The pingback from {linkback.source_url} was received and will be verified."


def _multicall(caller: Caller, calls: list[Any]) -> list[Any]:
    """Each call's value in a list of its own, or its fault. Never another `system.multicall`."""
    if len(calls) > MAX_CALLS:
        raise Fault(xmlrpc.WRONG_PARAMETERS, f"At most {MAX_CALLS} calls can be made at once.")
    return [_one_of_many(call, caller) for call in calls]


def _one_of_many(call: Any, caller: Caller) -> Any:
    try:
        if not isinstance(call, dict):
            raise Fault(xmlrpc.WRONG_PARAMETERS, "A call is a struct.")
        name, parameters = call.get("methodName"), call.get("params", [])
        if not isinstance(name, str) or not isinstance(parameters, list):
            raise Fault(xmlrpc.WRONG_PARAMETERS, "A call has a methodName and params.")
        if name.strip() == "system.multicall":
            raise Fault(xmlrpc.NOT_A_CALL, "A multicall within a multicall is not run.")
        return [_run(Call(name.strip(), parameters), caller)]
    except Fault as fault:
        return xmlrpc.as_struct(fault)


def _list_methods(caller: Caller) -> list[str]:
    return sorted(METHODS)


def _help(caller: Caller, name: str) -> str:
    return _method(name).help


def _signature(caller: Caller, name: str) -> list[list[str]]:
    return [list(_method(name).signature)]


def _method(name: str) -> "Method":
    if name not in METHODS:
        raise Fault(xmlrpc.NO_SUCH_METHOD, "There is no such method here.")
    return METHODS[name]


@dataclass(frozen=True, slots=True)
class Method:
    """`signature` names the type of the answer, then those of the parameters."""

    run: Callable[..., Any]
    signature: tuple[str, ...]
    help: str


_TYPES: dict[str, type] = {"string": str, "array": list}
METHODS = {
    "pingback.ping": Method(
        _ping,
        ("string", "string", "string"),
        "Tells this blog that the page at the first address links to the one at the second.",
    ),
    "system.listMethods": Method(_list_methods, ("array",), "Lists what can be called here."),
    "system.methodHelp": Method(_help, ("string", "string"), "Says what a method does."),
    "system.methodSignature": Method(
        _signature, ("array", "string"), "Gives the types of a method's answer and parameters."
    ),
    "system.multicall": Method(
        _multicall, ("array", "array"), f"Makes up to {MAX_CALLS} calls, one after the other."
    ),
}
