"""Parts that pages are put together from: figures (payload -> plotly figure) and cards (payload -> Dash components).

Pure functions of a payload and a language; nothing here reads a snapshot, a request or a setting.
"""
