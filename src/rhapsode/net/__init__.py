"""Everything that reaches out to other machines, guarded."""
