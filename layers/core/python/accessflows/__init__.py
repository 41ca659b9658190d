"""Access Flows: just-in-time access that is asked for, approved, granted and provably taken away."""
