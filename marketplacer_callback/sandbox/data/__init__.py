"""The emulated marketplace: what it holds, and how it is made up from a seed."""
