"""Pingback 1.0: asking another site to take a pingback. Our own side of it is `answering`."""

from comments.linkbacks import xmlrpc
from comments.linkbacks.problems import Problem
from comments.linkbacks.telling import Told, judged, post_to

METHOD = "pingback.ping"
_TAKEN = Problem.REGISTERED.value


def ping(endpoint_url: str, source_url: str, target_url: str) -> Told:
    """Call `pingback.ping` at the endpoint; a link that is registered already is a success.

    Fault 50 is trouble that may pass, every other fault a refusal. May raise FetchError.
    """
    response = post_to(
        endpoint_url,
        xmlrpc.write_call(METHOD, source_url, target_url),
        "text/xml; charset=utf-8",
        accept="text/xml,application/xml;q=0.9",
    )
    told = judged(response)
    if not told.is_taken:
        return told
    try:
        xmlrpc.read_answer(response.body)
    except xmlrpc.Fault as fault:
        return _judged_fault(fault)
    return told


def _judged_fault(fault: xmlrpc.Fault) -> Told:
    if fault.code == _TAKEN:
        return Told(is_taken=True, detail="Registered before")
    # What is no XML-RPC answer at all is trouble on the other side, like its own fault 50.
    is_trouble = fault.code in (Problem.UPSTREAM.value, xmlrpc.NOT_WELL_FORMED, xmlrpc.NOT_A_CALL)
    return Told(is_taken=False, may_pass=is_trouble, detail=f"Fault {fault.code}: {fault.text}")
