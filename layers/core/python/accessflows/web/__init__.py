"""What HTTP sees: problem documents, the caller, the approval page."""
