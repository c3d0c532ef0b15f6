"""A post as a file: front matter between `---` lines (YAML 1.1), then HTML or Markdown."""

import datetime
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import slugify

from posts.models import Post

Choice = TypeVar("Choice", Post.Status, Post.Kind)
FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
FIELDS = {
    *("title", "slug", "date", "categories", "tags", "status", "author", "excerpt"),
    *("kind", "content note"),
}


class BadDocument(ValueError):
    """The file does not say what a post needs; the message tells what to change."""


@dataclass(frozen=True)
class Document:
    """What a file says about a post. `published_at` is None where it names no date."""

    title: str
    slug: str
    body: str
    markup: Post.Markup
    status: Post.Status = Post.Status.PUBLISHED
    published_at: datetime.datetime | None = None
    categories: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    author: str = ""
    excerpt: str = ""
    kind: Post.Kind = Post.Kind.POST
    content_note: str = ""


def read(path: Path) -> Document:
    """The document in `path`: HTML where its name ends in .html or .htm, else Markdown.

    Raises BadDocument for a file that is not UTF-8, or whose front matter lacks a title or holds a
    value of the wrong shape or a name nobody knows.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadDocument(f"{path.name} is not UTF-8 text.") from error
    is_html = path.suffix.lower() in (".html", ".htm")
    return parse(text, Post.Markup.HTML if is_html else Post.Markup.MARKDOWN)


def parse(text: str, markup: Post.Markup) -> Document:
    """The document in `text`; raises BadDocument as `read` does."""
    match = FRONT_MATTER.match(text)
    if match is None:
        raise BadDocument("The file must begin with front matter between two lines of ---.")
    facts = _facts(match.group(1))
    title = str(facts.get("title") or "").strip()
    if not title:
        raise BadDocument("The front matter names no title.")
    slug = slugify(str(facts.get("slug") or title), allow_unicode=True)
    if not slug:
        raise BadDocument("The title yields no slug: name one, as in  slug: my-post")
    return Document(
        title=title,
        slug=slug,
        body=text[match.end() :].strip() + "\n",
        markup=markup,
        status=_choice("status", Post.Status, facts.get("status") or Post.Status.PUBLISHED),
        kind=_choice("kind", Post.Kind, facts.get("kind") or Post.Kind.POST),
        published_at=_instant(facts.get("date")),
        categories=_names("categories", facts.get("categories")),
        tags=_names("tags", facts.get("tags")),
        author=str(facts.get("author") or ""),
        excerpt=str(facts.get("excerpt") or ""),
        content_note=str(facts.get("content note") or ""),
    )


def _facts(front_matter: str) -> dict[str, Any]:
    try:
        facts = yaml.safe_load(front_matter) or {}
    except (yaml.YAMLError, ValueError) as error:
        raise BadDocument(f"The front matter cannot be read: {error}") from error
    if not isinstance(facts, dict):
        raise BadDocument("The front matter must hold lines like  title: My post")
    unknown = {str(name) for name in facts} - FIELDS
    if unknown:
        raise BadDocument(
            f"Unknown in the front matter: {', '.join(sorted(unknown))}."
            f" Known are {', '.join(sorted(FIELDS))}."
        )
    return facts


def _choice(name: str, choices: type[Choice], value: object) -> Choice:
    try:
        return choices(str(value).lower())
    except ValueError as error:
        known = ", ".join(choices.values)
        raise BadDocument(f"{name} is one of {known}, not {value!r}.") from error


def _instant(value: object) -> datetime.datetime | None:
    """A date means its midnight in the site's time; an instant without zone is the site's too."""
    if value is None:
        return None
    try:
        if isinstance(value, str):
            value = parse_datetime(value) or parse_date(value)
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            value = datetime.datetime.combine(value, datetime.time())
    except ValueError:
        value = None
    if not isinstance(value, datetime.datetime):
        raise BadDocument("date is a day or an instant, like 2011-01-11 or 2011-01-11 09:30.")
    return value if timezone.is_aware(value) else timezone.make_aware(value)


def _names(name: str, value: object) -> list[str]:
    """`a, b`, `[a, b]` and a list in lines all name a and b."""
    if value is None:
        return []
    parts = value if isinstance(value, list) else str(value).split(",")
    if any(isinstance(part, (list, dict)) for part in parts):
        raise BadDocument(f"{name} is a list of names, like  {name}: News, Events")
    return [str(part).strip() for part in parts if str(part).strip()]
