"""How arguments are read: the group that finds the commands, options that commands share, exit statuses.

Imports the standard library and click alone. Not here: printing results (``output``) and what a command does.
"""
