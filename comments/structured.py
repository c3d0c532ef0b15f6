"""A conversation as search engines read it: schema.org's Comment, part of the post's own block."""

from itertools import islice
from typing import Any

from comments.reading import Reading
from comments.remembering import remembered
from posts import html, metadata

# The page says it all in HTML; more would only make it heavier.
MOST_COMMENTS = 20
MOST_LETTERS = 280
MOST_REMEMBERED = 1000


def conversation(found: Reading) -> dict[str, Any] | None:
    """The first approved comments of a page, and how many responses the post has; None for none."""
    if not found.response_count:
        return None
    post = found.post
    url = metadata.canonical_url(post.get_absolute_url())
    comments = (response.comment for response in found.responses)
    shown = islice((c for c in comments if c.is_approved and not c.is_linkback), MOST_COMMENTS)
    return {
        "@context": "https://schema.org",
        "@type": "WebPage" if post.is_page else "BlogPosting",
        "@id": f"{url}#post",
        "commentCount": found.response_count,
        "comment": [
            {
                "@type": "Comment",
                "url": f"{url}#comment-{comment.pk}",
                "dateCreated": comment.created_at.isoformat(),
                "author": {"@type": "Person", "name": comment.name},
                "text": _words(comment.html),
            }
            for comment in shown
        ],
    }


@remembered(MOST_REMEMBERED)
def _words(markup: str) -> str:
    return html.plain_text(markup)[:MOST_LETTERS]
