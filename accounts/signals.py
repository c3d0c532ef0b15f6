"""What happens to accounts that other apps may want to hear."""

from django.dispatch import Signal

# A reader leaves for a provider's page, or for another account here. Arguments: request (its POST
# holds what was typed so far). What receivers keep in the session under a name that ends in
# `_draft` survives the change of account.
sign_in_started = Signal()

# A reader goes by another name from now on. Arguments: reader, name. Sent in the transaction.
reader_renamed = Signal()

# A reader wants to see everything that is kept about them. Arguments: reader. Receivers hand back a
# dict of lists, ready for JSON, by what they are: {"comments": [...]}.
personal_data_requested = Signal()

# A reader is about to be deleted. Arguments: reader, keeps_comments (True: what they wrote stays
# without a name; False: it goes). Sent in the transaction, before the row is deleted.
reader_leaving = Signal()
