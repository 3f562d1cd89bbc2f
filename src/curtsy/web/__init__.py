"""The doors: parse, recognise, phrase. The only room that imports the web framework."""
