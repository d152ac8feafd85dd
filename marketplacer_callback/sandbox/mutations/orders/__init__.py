"""Orders as mutations: placed, shipped, sent back, annotated and amended."""
