"""The commands: parse, call, print. No logic; what a command does is a function with keyword arguments elsewhere."""
