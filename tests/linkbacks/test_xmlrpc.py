"""The XML-RPC shell: what is no call, system methods, and hostile bytes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comments.linkbacks import xmlrpc
from comments.models import Comment
from posts.models import Post
from tests.fakes.blogs import Blog

pytestmark = pytest.mark.django_db

PING = (
    "<methodCall><methodName>pingback.ping</methodName><params>"
    "<param><value>{0}</value></param><param><value><string>{1}</string></value></param>"
    "</params></methodCall>"
)

TOKENS = """
<methodCall> </methodCall> <methodName> </methodName> pingback.ping system.multicall
<params> </params> <param> </param> <value> </value> <string> <array> <data> </data> </array>
<struct> <member> <name> </member> </struct> <int> 1 </int> &amp; <![CDATA[ ]]>
"""


def answer_to(body: bytes | str, content_type: str = "text/xml") -> Any:
    response = Client().post("/xmlrpc.php", body, content_type=content_type)
    assert response.status_code == 200, response.content
    assert not response.cookies
    try:
        return xmlrpc.read_answer(response.content)
    except xmlrpc.Fault as fault:
        return fault.code


@pytest.mark.parametrize("method", ["get", "head"])
def test_only_post_is_answered(client: Client, method: str) -> None:
    response = getattr(client, method)("/xmlrpc.php")
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert response["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"<methodCall>",
        b"\xff\xfe<",
        b'<?xml version="1.0" encoding="no-such"?><methodCall/>',
        b'<?xml version="1.0" encoding="utf-8"?><methodCall>\xff</methodCall>',
        b"<!DOCTYPE x><methodCall><methodName>system.listMethods</methodName></methodCall>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><methodCall><methodName>&a;</methodName></methodCall>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1/"><methodCall/>',
        b"<methodCall><methodName>&a;</methodName></methodCall>",
        b'{"method": "pingback.ping"}',
    ],
)
def test_what_is_no_xml_without_doctype_is_32700(body: bytes) -> None:
    assert answer_to(body) == -32700


@pytest.mark.parametrize(
    "body",
    [
        "<methodResponse/>",
        "<methodCall/>",
        "<methodCall><methodName/></methodCall>",
        "<methodCall><methodName>a</methodName><params><param/></params></methodCall>",
        PING.format("<int>x</int>", "y"),
        PING.format("<nonsense>x</nonsense>", "y"),
        PING.format("<int>1</int><int>1</int>", "y"),
        PING.format("<array><data><value>" * 30 + "</value></data></array>" * 30, "y"),
        PING.format("<struct><member><name>a</name></member></struct>", "y"),
    ],
)
def test_what_is_no_call_is_32600(body: str) -> None:
    assert answer_to(body) == -32600


@pytest.mark.parametrize("name", ["no.such", "wp.getUsersBlogs", "pingback.PING", "__import__"])
def test_an_unknown_method_is_32601(name: str) -> None:
    assert answer_to(xmlrpc.write_call(name)) == -32601
    assert answer_to(xmlrpc.write_call("system.methodHelp", name)) == -32601


@pytest.mark.parametrize(
    "parameters",
    [(), ("a",), ("a", "b", "c"), (1, "b"), ("a", ["b"]), ({"a": "b"}, "b"), (["a", "b"],)],
)
def test_wrong_parameters_are_32602(parameters: tuple[Any, ...]) -> None:
    assert answer_to(xmlrpc.write_call("pingback.ping", *parameters)) == -32602


def test_untyped_values_blanks_and_content_types_are_forgiven(blog: Blog, post: Post) -> None:
    target = f"http://testserver{post.get_absolute_url()}"
    source = blog.links_to(target)
    body = "\n  " + PING.format(f"\n{source} ", f" {target}\n")
    assert "registered" in answer_to(body, content_type="application/json")
    declared = f'<?xml version="1.0" encoding="iso-8859-1"?>{PING.format(source, target)}'
    assert answer_to(declared.encode("latin-1"), content_type="text/html") == 48


def test_it_says_what_it_can_do(call: Callable[..., Any]) -> None:
    methods = call("system.listMethods")
    assert methods == [
        "pingback.ping",
        "system.listMethods",
        "system.methodHelp",
        "system.methodSignature",
        "system.multicall",
    ]
    for method in methods:
        assert call("system.methodHelp", method)
    assert call("system.methodSignature", "pingback.ping") == [["string", "string", "string"]]


def test_a_multicall_makes_a_few_calls_and_never_another_multicall(
    blog: Blog, post: Post, call: Callable[..., Any]
) -> None:
    target = f"http://testserver{post.get_absolute_url()}"
    good = {"methodName": "pingback.ping", "params": [blog.links_to(target), target]}
    inner = {"methodName": "system.multicall", "params": [[good]]}
    answers = call(
        "system.multicall",
        [good, inner, {"methodName": "no.such", "params": []}, {"methodName": "x"}, "nonsense"],
    )
    assert "registered" in answers[0][0]
    assert [a["faultCode"] for a in answers[1:]] == [-32600, -32601, -32601, -32602]
    assert call("system.multicall", [good] * 6) == -32602
    assert Comment.objects.count() == 1


def test_too_large_a_call_is_413_in_xml(client: Client) -> None:
    body = PING.format("a" * xmlrpc.MAX_BYTES, "b")
    response = client.post("/xmlrpc.php", body, content_type="text/xml")
    assert response.status_code == 413
    with pytest.raises(xmlrpc.Fault):
        xmlrpc.read_answer(response.content)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(str.encode),
        st.lists(
            st.sampled_from(TOKENS.split()),
            max_size=30,
        ).map(lambda parts: "".join(parts).encode()),
    )
)
def test_any_bytes_get_an_answer_and_never_a_500(body: bytes) -> None:
    assert isinstance(answer_to(body), int | str | list)


@given(text=st.text(max_size=200))
def test_what_is_written_is_well_formed_whatever_it_says(text: str) -> None:
    clean = xmlrpc._NOT_IN_XML.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    assert xmlrpc.read_answer(xmlrpc.write_answer(text)) == clean
    assert xmlrpc.read_call(xmlrpc.write_call("a", text)).parameters == [clean]
