-- Most events and calls belong to no case: the index by case need not hold them.
DROP INDEX events_by_case;
CREATE INDEX events_by_case ON events (case_id, at_us) WHERE case_id IS NOT NULL;
DROP INDEX calls_by_case;
CREATE INDEX calls_by_case ON calls (case_id, created_us) WHERE case_id IS NOT NULL;
