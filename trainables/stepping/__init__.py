"""How work is done in bites: progress, curves, seeds, devices, the state of a loop."""
