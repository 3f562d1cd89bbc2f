"""What people look at: a module for each part of the dashboard, and what they share."""
