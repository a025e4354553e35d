"""Rate limits: the rules, where hits are counted, and what each surface is allowed."""
