"""The catalogue as mutations: sellers, their products, variants and stock."""
