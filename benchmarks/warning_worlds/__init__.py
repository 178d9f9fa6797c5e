"""Made-up shops in which some units' return rates rise, and what an all-knowing watcher would see in them."""
