"""Money as mutations: refund requests through their life, and what sellers are owed."""
