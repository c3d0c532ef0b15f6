"""What happens to posts that apps above may want to hear. Sent after commit."""

from django.dispatch import Signal

# A published post (or page) was published or changed. Arguments: post. May come twice for one
# change where the worker was killed in between: receivers must be safe to repeat.
post_published = Signal()

# A post that was published no longer is: withdrawn, taken back or deleted. Arguments: post, which
# still knows its id and its address.
post_withdrawn = Signal()

# Somebody searches beyond the articles. Receivers hand back a `posts.search.finding.Source`.
search_asked = Signal()
