"""Made-up shops whose true return rates and lags are known, and the rules that maturity is held against."""
