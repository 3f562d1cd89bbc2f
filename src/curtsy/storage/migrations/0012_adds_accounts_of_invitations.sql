-- The LinkedIn account that sent an invitation: only its own lists say what became of it.
ALTER TABLE invitations ADD COLUMN account TEXT;
