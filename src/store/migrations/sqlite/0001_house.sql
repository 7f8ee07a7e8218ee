-- Debts and the people who owe them. Secrets are keyed digests (HMAC-SHA256), never values.
CREATE TABLE cases (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    lang TEXT NOT NULL,
    creditor TEXT NOT NULL,
    outstanding_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    due_date TEXT NOT NULL,
    pin BLOB,
    pin_issued_us INTEGER,
    birth_date BLOB,
    id_last4 BLOB
);

CREATE TABLE case_phones (
    phone TEXT NOT NULL,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    position INTEGER NOT NULL,
    PRIMARY KEY (phone, case_id)
);
CREATE INDEX case_phones_by_case ON case_phones (case_id);

-- Who may not try to verify, and failures of the last 24 hours. A subject is a case or a caller number.
CREATE TABLE verify_subjects (
    subject TEXT PRIMARY KEY,
    tries INTEGER NOT NULL,
    locked_until_us INTEGER NOT NULL
);
CREATE TABLE verify_failures (
    subject TEXT NOT NULL,
    at_us INTEGER NOT NULL
);
CREATE INDEX verify_failures_by_subject ON verify_failures (subject, at_us);

-- The one history: append-only, each event's hash covers its predecessor's.
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    call_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    case_id INTEGER,
    at_us INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (call_id, seq)
);
CREATE INDEX events_by_case ON events (case_id, at_us);
CREATE TABLE chain_head (
    id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL
);
INSERT INTO chain_head (id, position, hash) VALUES (1, 0, zeroblob(32));

CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    created_us INTEGER NOT NULL,
    case_id INTEGER,
    body TEXT NOT NULL
);
CREATE INDEX calls_by_time ON calls (created_us, id);
CREATE INDEX calls_by_case ON calls (case_id, created_us);

-- Where an import waits until all of it is there.
CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    started_us INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER) * 1000000)
);
CREATE TABLE import_cases (
    import_id INTEGER NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    lang TEXT NOT NULL,
    creditor TEXT NOT NULL,
    outstanding_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    due_date TEXT NOT NULL,
    pin BLOB,
    pin_issued_us INTEGER,
    birth_date BLOB,
    id_last4 BLOB,
    PRIMARY KEY (import_id, number)
);
CREATE TABLE import_phones (
    import_id INTEGER NOT NULL,
    number TEXT NOT NULL,
    position INTEGER NOT NULL,
    phone TEXT NOT NULL,
    PRIMARY KEY (import_id, number, position)
);
