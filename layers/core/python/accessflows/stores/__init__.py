"""DynamoDB tables behind the ports."""
