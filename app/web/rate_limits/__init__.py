"""Rate limits: the rules, where hits are counted, and the limits of each surface."""
