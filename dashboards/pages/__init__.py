"""One file a page, found by Dash Pages: it registers its address and builds its layout from components."""
