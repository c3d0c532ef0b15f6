"""What of people is remembered until it changes, for `polarisblog.pagecache`."""

from polarisblog.pagecache.watching import Watch

WATCHES = (
    # No page shows who is of the team; `naming` remembers their names.
    Watch(
        "accounts.User",
        "SELECT 'team'",
        columns=("name", "is_staff", "is_active"),
        when="{row}.is_staff",
    ),
)
