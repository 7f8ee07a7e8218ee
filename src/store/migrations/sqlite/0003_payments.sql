-- Card payments: every step of every attempt, and where each attempt stands. Of a card its brand and its
-- last four digits, nothing else.
CREATE TABLE payment_steps (
    payment TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    nth INTEGER NOT NULL,
    state TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    call_id INTEGER NOT NULL,
    case_id INTEGER NOT NULL,
    minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    caller TEXT,
    gateway TEXT NOT NULL,
    reference TEXT,
    brand TEXT,
    last_four TEXT,
    reason TEXT,
    code TEXT,
    funding TEXT,
    done_by TEXT NOT NULL,
    PRIMARY KEY (payment, attempt, state)
);
CREATE TABLE payment_attempts (
    payment TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    case_id INTEGER NOT NULL,
    caller TEXT,
    card TEXT,
    state TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    begun_us INTEGER NOT NULL,
    last_us INTEGER NOT NULL,
    declined_us INTEGER,
    approved_us INTEGER,
    deducted_minor INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (payment, attempt)
);
-- Whatever the program does: a case has one payment at a time.
CREATE UNIQUE INDEX payment_attempts_open ON payment_attempts (case_id) WHERE is_open = 1;
CREATE INDEX payment_attempts_by_case ON payment_attempts (case_id, begun_us);
CREATE INDEX payment_attempts_by_time ON payment_attempts (last_us);
CREATE INDEX payment_attempts_declined ON payment_attempts (declined_us) WHERE declined_us IS NOT NULL;
CREATE INDEX payment_attempts_approved ON payment_attempts (approved_us) WHERE approved_us IS NOT NULL;

-- Money that shall be given back: one user asks, another one approves.
CREATE TABLE payment_wishes (
    payment TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    what TEXT NOT NULL,
    minor INTEGER NOT NULL,
    asked_by TEXT NOT NULL,
    asked_us INTEGER NOT NULL,
    approved_by TEXT,
    approved_us INTEGER,
    PRIMARY KEY (payment, attempt)
);
