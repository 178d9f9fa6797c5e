"""What ``benchmarks.canaries`` plants: persons, and the files into which they are planted."""
