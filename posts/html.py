"""The only maker of safe HTML: what people write becomes markup here and nowhere else."""

import re
from functools import cache
from html import unescape

import nh3
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from markdown_it import MarkdownIt

from posts import editor

WEB_SCHEMES = {"http", "https", "mailto"}

COMMENT_TAGS = {
    "p",
    "br",
    "em",
    "strong",
    "del",
    "s",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "a",
}
# A post may hold all that the editor writes, and what only files and imports bring along.
POST_TAGS = (
    editor.TAGS
    | COMMENT_TAGS
    | {
        *("h2", "h3", "h4", "hr", "b", "i", "s", "sub", "sup", "abbr", "cite", "q"),
        *("dl", "dt", "dd", "caption", "thead"),
    }
)
POST_ATTRIBUTES = {
    **{tag: set(names) for tag, names in editor.ATTRIBUTES.items()},
    "abbr": {"title"},
    "blockquote": {"cite"},
    "img": {"src", "alt", "width", "height", "loading"},
    "th": {"colspan", "rowspan", "scope"},
}


STRAY_HEADING = re.compile(r"<(/?)h([156])\b", re.IGNORECASE)


def _clean_until_stable(html: str, cleaner: nh3.Cleaner) -> SafeString:
    """Cleaning may uncover what a second pass would clean again; seen to settle after two."""
    for _ in range(4):
        cleaned = cleaner.clean(html)
        if cleaned == html:
            break
        html = cleaned
    return mark_safe(html)  # noqa: S308 # the one place: the allow-list has just run


def sanitise_post(html: str) -> SafeString:
    """An author's HTML reduced to the allow-list; own images and links may be relative.

    Headings keep to the levels below the title's own: h1 becomes h2, h5 and h6 become h4.
    """
    levelled = STRAY_HEADING.sub(lambda m: f"<{m[1]}h{2 if m[2] == '1' else 4}", html)
    return _clean_until_stable(
        levelled,
        nh3.Cleaner(
            tags=POST_TAGS,
            attributes=POST_ATTRIBUTES,
            url_schemes=WEB_SCHEMES | {"tel", "sms"},
            link_rel=None,
        ),
    )


def fits_editor(html: str) -> bool:
    """Whether the rich editor can show all of `html`: what it cannot show, it would drop."""
    narrow = nh3.Cleaner(
        tags=editor.TAGS | {"b", "i", "thead"},
        attributes={**editor.ATTRIBUTES, "img": POST_ATTRIBUTES["img"]},
        url_schemes=WEB_SCHEMES | {"tel", "sms"},
        link_rel=None,
    )
    kept = sanitise_post(html)
    return bool(narrow.clean(kept) == kept)


def sanitise_comment(html: str) -> SafeString:
    """A stranger's HTML reduced to the allow-list. Links pass no credit (`nofollow ugc`)."""
    return _clean_until_stable(
        html,
        nh3.Cleaner(
            tags=COMMENT_TAGS,
            # "*": nh3 lets `title` and `lang` through everywhere unless told otherwise.
            attributes={"*": set(), "a": {"href"}},
            url_schemes=WEB_SCHEMES,
            link_rel="nofollow ugc noopener",
            url_relative="deny",
        ),
    )


@cache
def _comment_markdown() -> MarkdownIt:
    """CommonMark without headings, images, rules and raw HTML; bare addresses become links."""
    return (
        MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
        .enable(["linkify", "strikethrough"])
        .disable(["heading", "lheading", "image", "hr", "html_block", "html_inline", "reference"])
    )


def comment_from_markdown(text: str) -> SafeString:
    """What a reader typed, as safe markup. Written once, when the comment is stored."""
    return sanitise_comment(_comment_markdown().render(text))


def post_from_markdown(text: str) -> SafeString:
    """An author's Markdown as safe markup; inline HTML from the allow-list is kept."""
    markdown = MarkdownIt("commonmark", {"html": True, "linkify": True}).enable(
        ["table", "strikethrough", "linkify"]
    )
    return sanitise_post(markdown.render(text))


def links_in(html: str) -> list[str]:
    """Where the links of sanitised `html` lead, in their order."""
    return [unescape(url) for url in re.findall(r'<a\b[^>]*?\bhref="([^"]*)"', html)]


def plain_text(html: str) -> str:
    """The words alone, on one line."""
    spaced = re.sub(r"</(p|li|h[1-6]|blockquote|div|tr)>", " ", html)
    return re.sub(r"\s+", " ", unescape(strip_tags(spaced))).strip()


def excerpt(html: str, words: int = 55) -> str:
    """The first `words` words, as plain text."""
    return Truncator(plain_text(html)).words(words, truncate="…")
