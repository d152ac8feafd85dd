"""Webhooks: which are configured, what they tell of, and how it is delivered."""
