"""Access Flows: just-in-time access, asked for, approved, granted and provably taken away."""
