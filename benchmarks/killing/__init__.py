"""What ``benchmarks.kills`` is made of: the way that is walked, the watch over the home, the worker, what must hold."""
