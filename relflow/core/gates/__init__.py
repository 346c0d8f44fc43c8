"""The gates: each a pure function of a case, named after the rule that holds."""
