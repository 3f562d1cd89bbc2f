"""The cellar: one SQL text, kept durably; the only room that knows a database."""
