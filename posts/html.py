"""The only maker of safe HTML: what people write becomes markup here and nowhere else."""

import json
import re
from functools import cache
from html import unescape
from typing import Any

import nh3
from django.utils.html import escape, format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import get_language
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

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
    "a": {*editor.ATTRIBUTES.get("a", ()), "title", "id"},
    "abbr": {"title"},
    "li": {"id"},
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


def _only_footnote_ids(tag: str, name: str, value: str) -> str | None:
    """An id may name a footnote or where it belongs, and nothing that the page itself names."""
    return value if name != "id" or re.fullmatch(r"fn(ref)?\d+(:\d+)?", value) else None


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
            attribute_filter=_only_footnote_ids,
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
    return _clean_until_stable(html, _comment_cleaner)


_comment_cleaner = nh3.Cleaner(
    tags=COMMENT_TAGS,
    # "*": nh3 lets `title` and `lang` through everywhere unless told otherwise.
    attributes={"*": set(), "a": {"href"}},
    url_schemes=WEB_SCHEMES,
    link_rel="nofollow ugc noopener",
    url_relative="deny",
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
    return sanitise_post(_post_markdown(get_language() or "en").render(text))


@cache
def _post_markdown(language: str) -> MarkdownIt:
    """CommonMark with tables, footnotes, and the quotes and dashes of a printed page."""
    quotes = "«»“”" if language.startswith("es") else "“”‘’"
    options = {"html": True, "linkify": True, "typographer": True, "quotes": quotes}
    markdown = MarkdownIt("commonmark", options).use(footnote_plugin)
    return markdown.enable(["table", "strikethrough", "linkify", "replacements", "smartquotes"])


def reachable(html: str) -> str:
    """What may be wider than a phone, so that a keyboard can reach it and scroll. Twice is once.

    Source: WCAG 2.2, 2.1.1; not every browser lets a keyboard into whatever scrolls.
    """
    return re.sub(r"<(pre|table)(?=[ >])(?! tabindex)", r'<\1 tabindex="0"', html)


def links_in(html: str) -> list[str]:
    """Where the links of sanitised `html` lead, in their order."""
    return [unescape(url) for url in re.findall(r'<a\b[^>]*?\bhref="([^"]*)"', html)]


def plain_text(html: str) -> str:
    """The words alone, on one line."""
    spaced = re.sub(r"</(p|li|h[1-6]|blockquote|div|t[rdh])>|<br ?/?>", " ", html)
    return re.sub(r"\s+", " ", unescape(strip_tags(spaced))).strip()


def plain_paragraphs(html: str) -> str:
    """The words alone, with an empty line between what stood apart."""
    blocks = re.split(r"</(?:p|li|h[1-6]|pre|t[rdh])>", html)
    return "\n\n".join(words for block in blocks if (words := plain_text(block)))


def isolated(text: str) -> SafeString:
    """A name or title as markup that keeps its own direction inside a sentence of another."""
    return format_html("<bdi>{}</bdi>", text)


def excerpt(html: str, words: int = 55) -> str:
    """The first `words` words of its paragraphs, as plain text; no headings, lists and tables."""
    paragraphs = re.findall(r"<p[ >].*?</p>", html, re.DOTALL)
    return Truncator(plain_text(" ".join(paragraphs) or html)).words(words, truncate="…")


def without_controls(text: str) -> str:
    """Without what XML 1.0 and JSON-minded readers refuse: control characters and half surrogates.

    Source: XML 1.0 (Fifth Edition), production 2.
    """
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


def marked(text: str) -> SafeString:
    """Plain text as markup, what stands between the characters 2 and 3 in `<mark>`."""
    safe = re.sub("\x02([^\x02\x03]*)\x03", r"<mark>\1</mark>", escape(text))
    return mark_safe(re.sub("[\x02\x03]", "", safe))  # noqa: S308 # escaped in the line before


def absolute(html: str, origin: str, page_url: str) -> str:
    """Our own markup with its addresses complete, for readers that do not know where it stood."""
    return re.sub(r"<[a-z][^<>]*>", lambda tag: _absolute_tag(tag[0], origin, page_url), html)


def _absolute_tag(tag: str, origin: str, page_url: str) -> str:
    tag = re.sub(r'\b(href|src|cite)="/(?!/)', rf'\1="{origin}/', tag)
    tag = re.sub(r'\bhref="#', f'href="{page_url}#', tag)
    return re.sub(
        r'\bsrcset="([^"]*)"',
        lambda found: 'srcset="' + re.sub(r"(^|, )/(?!/)", rf"\1{origin}/", found[1]) + '"',
        tag,
    )


def json_ld(facts: dict[str, Any]) -> SafeString:
    """A data block for machines. `<`, `>` and `&` are escaped so that no text can end it.

    A browser runs no data block, so the content security policy has nothing against it.
    Source: JSON-LD 1.1, section 7.2; HTML, "Restrictions for contents of script elements".
    """
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 # as above
