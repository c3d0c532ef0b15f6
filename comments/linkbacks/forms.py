"""Form-encoded bytes from programs, which do not always say their encoding where browsers do."""

from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from polarisblog.network import charsets

MAX_BYTES = 64 * 1024
MAX_FIELDS = 50


class BadForm(Exception):
    """These bytes are no form that anybody would send here."""


class TooLarge(BadForm):
    """The body is longer than any honest one."""


class Form:
    """The first value of each field, decoded as its sender says."""

    def __init__(self, fields: dict[str, bytes], content_type: str) -> None:
        self._fields = fields
        self._content_type = content_type

    def value(self, name: str) -> str:
        return charsets.decode(self._fields.get(name, b""), self._content_type).strip()

    def in_charset(self, name: str) -> "Form":
        """The same, read in the charset that one of its own fields names."""
        charset = self.value(name)
        return Form(self._fields, f"text/plain; charset={charset}") if charset else self


def read(request: HttpRequest) -> Form:
    """The posted form, whatever content type it claims; raises BadForm or TooLarge."""
    content_type = request.headers.get("content-type", "")
    if content_type.lower().startswith("multipart/form-data"):
        return _multipart(request)
    try:
        # Latin-1 takes every byte and gives it back: which encoding it is comes out later.
        pairs = parse_qsl(
            body_of(request, MAX_BYTES).decode("latin-1"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            encoding="latin-1",
        )
    except ValueError as error:
        raise BadForm from error
    fields: dict[str, bytes] = {}
    for name, value in pairs:
        fields.setdefault(name, value.encode("latin-1"))
    return Form(fields, content_type)


def body_of(request: HttpRequest, max_bytes: int) -> bytes:
    """The body as it came; raises TooLarge."""
    try:
        body = request.body
    except RequestDataTooBig:
        raise TooLarge from None
    if len(body) > max_bytes:
        raise TooLarge
    return body


def _multipart(request: HttpRequest) -> Form:
    try:
        fields = {name: str(value).encode() for name, value in request.POST.items()}
    except (MultiPartParserError, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent) as error:
        raise BadForm from error
    return Form(fields, "text/plain; charset=utf-8")
