"""What goes wrong on request: faults of the API, alone or by a plan."""
