"""Made-up shops whose true rates are known, and the rule that knows their law: what ``benchmarks.ranking`` measures."""
