"""Mail and the signed links it carries."""
