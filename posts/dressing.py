"""What a published post is given once, so that every reader after that is served quickly."""

from posts import cards, related
from posts.models import Post, Site
from posts.search import keeping


def dress(post_pk: int) -> None:
    """Find its related posts and draw its card; doing it again renews both."""
    post = Post.objects.published().filter(pk=post_pk).first()
    if post is None:
        return
    if not post.is_page:
        related.relate(post)
    if post.featured_image_id is None or post.is_protected:
        cards.ensure_card(post.title, Site.current().name)


def catch_up() -> list[int]:
    """Make search entries that are missing or old, whoever stored the posts; gives their ids."""
    return keeping.catch_up()
