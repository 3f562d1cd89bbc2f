-- The LinkedIn account that a pause is about: what LinkedIn did to it stays with it, whoever pairs it next.
ALTER TABLE pauses ADD COLUMN account TEXT;
CREATE INDEX pauses_of_account ON pauses (account, since) WHERE account IS NOT NULL;
