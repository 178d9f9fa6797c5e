"""One module a learned model, with its ``MODEL``; nothing registers it."""
