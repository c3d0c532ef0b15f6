"""What happens to accounts that other apps may want to hear."""

from django.dispatch import Signal

# A reader leaves for a provider's page. Arguments: request (its POST holds what was typed so far).
sign_in_started = Signal()
