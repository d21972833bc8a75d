"""What the lens and the air in front of it do."""
