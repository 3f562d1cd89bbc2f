-- Lists of what one member sends, and of what is no invitation: an invitation that is made costs these indexes nothing.
CREATE INDEX tasks_ended_of_member ON tasks (member_id, id) WHERE finished_at IS NOT NULL;
CREATE INDEX tasks_of_other_kinds ON tasks (team_id, kind, id) WHERE kind <> 'send_connection_request';
