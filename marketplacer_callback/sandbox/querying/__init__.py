"""GraphQL over the store: which fields are answered how, who sees what, and how documents are run."""
