-- The version of the extension that could not read one of LinkedIn's lists: it is given no looks, and all other work.
ALTER TABLE agents ADD COLUMN blind TEXT;
