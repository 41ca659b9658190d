"""Target systems behind the Connector port."""
