"""How results are shown to a person (aligned text) and to a program (JSON), and how progress is told."""
