"""What happens to posts that apps above may want to hear. Sent after commit."""

from django.dispatch import Signal

# A published post was published or changed. Arguments: post.
post_published = Signal()
