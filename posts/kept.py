"""What of the articles readers see on kept pages, for `polarisblog.pagecache`."""

from django.http import HttpRequest

from polarisblog.pagecache.keeping import EVERYTHING, keep
from polarisblog.pagecache.watching import Watch
from posts.models import Post

ORDER = "order"
# Categories and tags there are; a new one stands nowhere but in the archive.
TERMS = "terms"

_PUBLISHED = "FROM posts_post WHERE id = {row}.post_id AND status = 'published'"
_OF_PUBLISHED = f"SELECT 'post:' || id {_PUBLISHED} UNION SELECT '{ORDER}' {_PUBLISHED}"

WATCHES = (
    Watch("posts.Post", "SELECT 'post:' || {row}.id", when="{row}.status = 'published'"),
    Watch(
        "posts.Post",
        f"SELECT '{ORDER}'",
        columns=("kind", "status", "published_at", "is_sticky", "password"),
        when="{row}.status = 'published'",
    ),
    Watch("posts.Post.co_authors", _OF_PUBLISHED),
    Watch("posts.Post.categories", _OF_PUBLISHED),
    Watch("posts.Post.tags", _OF_PUBLISHED),
    Watch("posts.RelatedPost", "SELECT 'post:' || {row}.post_id"),
    Watch("posts.Category", f"SELECT '{TERMS}'", events=("INSERT",)),
    Watch("posts.Tag", f"SELECT '{TERMS}'", events=("INSERT",)),
    Watch("posts.Category", events=("UPDATE", "DELETE")),
    Watch("posts.Tag", events=("UPDATE", "DELETE")),
    # A new picture is on no page yet; an old one may be in any text.
    Watch("posts.Image", events=("UPDATE", "DELETE")),
    Watch("posts.Site"),
    Watch(
        "posts.HelpLine",
        columns=(
            *("name", "language", "hours", "phone", "text_number", "text_word", "tty", "chat_url"),
        ),
    ),
    Watch(
        "accounts.User",
        "SELECT 'post:' || id FROM posts_post WHERE author_id = {row}.id UNION "
        "SELECT 'post:' || post_id FROM posts_post_co_authors WHERE user_id = {row}.id",
        columns=("name",),
        events=("UPDATE",),
    ),
)


def keep_post(request: HttpRequest, post: Post) -> None:
    """The page shows what this post says of itself."""
    keep(request, f"post:{post.pk}")


def keep_list(request: HttpRequest, *posts: Post) -> None:
    """The page shows these posts in their order, or feeds of them."""
    keep(request, ORDER, *(f"post:{post.pk}" for post in posts))


def keep_all_posts(request: HttpRequest) -> None:
    """The page names every post, or says when each was changed."""
    keep(request, ORDER, "post")


def keep_archive(request: HttpRequest) -> None:
    """The page counts the posts, and names every category and tag."""
    keep(request, ORDER, TERMS)


def keep_frame(request: HttpRequest) -> None:
    """The page shows what stands around every page, and nothing else that changes."""
    keep(request, EVERYTHING)
