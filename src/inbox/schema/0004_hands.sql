-- Who somebody is whatever their login.

ALTER TABLE pushers ADD COLUMN user_id BIGINT;
