"""Where authors work: posts, pages and pictures in Django's admin."""
