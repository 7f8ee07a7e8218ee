//! What every store promises, tried on whichever database is given.
#![allow(clippy::unwrap_used, dead_code, unused_imports)]

pub mod payments;

pub use payments::*;

use ids::{CallId, CaseId};
use records::{CallRecord, Digest, Direction, Event, EventKind, Factor, HungUp, Pepper};
use sqlx::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use store::csv_import::{self, CheckDigit, Import, ImportError, Policy, Report};
use store::{ChainFault, Options, Store, VerifyAttempt, VerifyOutcome};

pub const PEPPER: Pepper = Pepper([7; 32]);
pub const NOW_US: i64 = 1_760_000_000_000_000;
pub const HOUR_US: i64 = 3_600_000_000;
pub const HEADER: &str =
    "number,name,phones,language,creditor,amount,currency,due_date,birth_date,pin,id_last4";
pub const ANNA: &str = "20260010,Zażółć Gęślą,+48 600 100 200;221000101,pl,Energia,1234.56,PLN,2026-10-15,1985-03-17,271828,";
pub const BEN: &str =
    "20260029,Sample Person,600100200,en,Energy,88.08,GBP,2026-10-31,,314159,4711";

/// A directory that is gone when the test is over.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let nth = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("parley-store-{}-{nth}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A fresh store and its URL.
pub struct Bed {
    pub store: Arc<dyn Store>,
    pub url: String,
}

impl Bed {
    pub async fn open(url: String) -> Self {
        // However slow the machine is: what is late here is not gone.
        let patient = std::time::Duration::from_secs(120);
        let options =
            Options { acquire_timeout: patient, busy_timeout: patient, ..Options::default() };
        Self { store: store::open_with(&url, options).await.unwrap(), url }
    }

    /// Changes rows behind the store's back.
    pub async fn tamper(&self, sql: &'static str) {
        self.tamper_with(sql.to_owned()).await;
    }

    pub async fn tamper_with(&self, sql: String) {
        let sql = sqlx::AssertSqlSafe(sql);
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let mut db = sqlx::SqliteConnection::connect(path).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
            db.close().await.unwrap();
        } else {
            let mut db = sqlx::PgConnection::connect(&self.url).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
            db.close().await.unwrap();
        }
    }

    pub async fn import(&self, rows: &[&str]) -> Report {
        let file = format!("{HEADER}\n{}\n", rows.join("\n"));
        self.import_with(&file, Policy::AllOrNothing).await.unwrap()
    }

    pub async fn import_with(&self, file: &str, policy: Policy) -> Result<Report, ImportError> {
        let import = Import { policy, check_digit: CheckDigit::None, pepper: &PEPPER };
        csv_import::run(self.store.as_ref(), file.as_bytes(), &import, |_| {}).await
    }

    pub async fn id(&self, number: &str) -> CaseId {
        self.store.case_by_number(number).await.unwrap().unwrap().id
    }

    /// Ben tries with this PIN.
    async fn ben(&self, pin: &str, caller: Option<&str>, at_us: i64) -> VerifyOutcome {
        let attempt = attempt(self.id("20260029").await, "20260029", &[(Factor::Pin, pin)], caller);
        self.store.verify(&VerifyAttempt { at_us, ..attempt }).await.unwrap()
    }
}

fn attempt(
    case: CaseId,
    number: &str,
    keyed: &[(Factor, &str)],
    caller: Option<&str>,
) -> VerifyAttempt {
    let digest = |(factor, text): &(Factor, &str)| (*factor, PEPPER.digest(number, *factor, text));
    VerifyAttempt {
        case,
        caller: caller.map(str::to_owned),
        digests: keyed.iter().map(digest).collect::<Vec<(Factor, Digest)>>(),
        at_us: NOW_US,
    }
}

pub fn event(call: u64, seq: u32) -> Event {
    let kind = EventKind::KeysEntered { count: seq };
    Event { call: CallId(call), seq, case: (seq > 1).then_some(CaseId(3)), at_us: NOW_US, kind }
}

pub fn record(call: u64, created_us: i64) -> CallRecord {
    CallRecord {
        id: CallId(call),
        sip_call_id: format!("{call}@example.net"),
        direction: Direction::Inbound,
        trunk: None,
        user: None,
        case: Some(CaseId(1)),
        verified: true,
        from: "+48600100200".into(),
        to: "sip:hotline@example.net".into(),
        flow: "hotline@1".into(),
        lang: "pl".into(),
        created_us,
        answered_us: Some(created_us + 1),
        ended_us: created_us + 2,
        hung_up: HungUp::Caller,
        disposition: "caller hung up".into(),
        sip_status: 200,
        q850: 16,
        media: None,
        recording: None,
    }
}

/// Makes a test of each promise, with `$bed` as the way to a fresh store.
macro_rules! promises {
    ($($name:ident)*) => {
        /// Every promise by its name, for a database that is tried in one go.
        #[macro_export]
        macro_rules! each_promise {
            ($bed:expr) => {$(
                println!("{}", stringify!($name));
                $crate::suite::$name($bed.await).await;
            )*};
        }
        /// Every promise as a test of its own.
        #[macro_export]
        macro_rules! test_each_promise {
            ($bed:expr) => {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let (_scratch, bed) = $bed.await;
                    $crate::suite::$name(bed).await;
                }
            )*};
        }
    };
}

promises! {
    a_case_is_found_by_every_spelling_of_its_phone
    a_second_import_changes_cases_and_keeps_secrets_that_did_not_come
    a_refused_row_keeps_the_whole_file_out_unless_asked
    staged_cases_are_unseen_until_all_are_taken_over
    the_right_party_is_verified_by_all_that_was_keyed_and_nothing_less
    a_pin_is_good_for_ninety_days_after_its_issue
    the_fifth_failure_locks_a_case_for_a_day
    the_tenth_failure_locks_a_caller_number_over_all_cases
    success_forgets_the_cases_failures_but_not_the_callers
    a_hundred_tries_at_once_get_no_more_than_five
    counted_tries_outlive_a_crash
    what_is_written_twice_is_kept_once
    a_batch_that_is_kept_in_part_goes_on_where_the_chain_ends
    calls_are_listed_latest_first_page_by_page
    writers_at_once_make_one_chain
    the_chain_shows_what_was_changed_moved_removed_or_added
    a_payment_reduces_the_balance_when_it_is_posted_and_once
    every_step_stands_in_the_history_with_a_receipt_for_money
    a_step_follows_what_it_may_follow_and_nothing_else
    a_step_that_says_something_else_is_refused
    an_open_payment_locks_its_case_until_it_is_settled
    a_payment_is_tried_again_only_when_the_try_before_took_no_money
    of_payments_of_a_case_begun_at_once_one_goes_on
    a_step_written_many_times_at_once_is_kept_and_booked_once
    no_more_is_taken_than_is_owed_and_in_its_currency
    money_that_moved_is_posted_whatever_an_import_has_changed
    five_declines_lock_a_case_and_a_caller_for_a_day
    a_decline_that_no_issuer_gave_counts_against_nobody
    a_case_is_offered_three_cards_a_day_and_a_known_one_again
    many_declines_and_few_approvals_close_the_gate_for_everybody
    money_goes_back_when_one_asks_and_another_approves
    a_refund_is_never_above_what_was_taken_nor_another_one_than_was_asked_for
    payments_are_listed_latest_first_by_case_and_time
    a_journal_that_was_changed_behind_the_history_is_told
}

pub async fn a_case_is_found_by_every_spelling_of_its_phone(bed: Bed) {
    let report = bed.import(&[ANNA, BEN]).await;
    assert_eq!((report.rows, report.added, report.changed, report.imported), (2, 2, 0, true));
    for spelling in
        ["+48600100200", "0048600100200", "48600100200", "600 100 200", "sip:600100200@pbx"]
    {
        let found = bed.store.cases_by_phone(spelling).await.unwrap();
        let numbers: Vec<_> = found.iter().map(|case| case.number.as_str()).collect();
        assert_eq!(numbers, ["20260010", "20260029"], "{spelling}");
    }
    for nobody in ["anonymous", "", "+48600100201", "' OR 1=1 --"] {
        assert_eq!(bed.store.cases_by_phone(nobody).await.unwrap(), [], "{nobody}");
    }
    let anna = bed.store.case_by_number("20260010").await.unwrap().unwrap();
    assert_eq!(anna.name, "Zażółć Gęślą");
    assert_eq!(anna.phones, ["+48600100200", "+48221000101"]);
    assert_eq!(anna.outstanding.to_string(), "1234.56 PLN");
    assert_eq!((anna.lang, anna.due_date.to_string()), (ids::Lang::Pl, "2026-10-15".into()));
    assert_eq!(bed.store.case_by_number("2026001").await.unwrap(), None);
    let first = bed.store.cases(1, None).await.unwrap();
    let rest = bed.store.cases(10, Some(first[0].id)).await.unwrap();
    assert_eq!((first.len(), rest.len()), (1, 1));
}

pub async fn a_second_import_changes_cases_and_keeps_secrets_that_did_not_come(bed: Bed) {
    bed.import(&[ANNA, BEN]).await;
    let before = bed.id("20260029").await;
    let changed = "20260029,Sample Person,,en,Energy,10.00,GBP,2026-12-31,,,";
    let new = "20260032,Third,+390600000103,it,Energia,1,EUR,2026-12-31,,,";
    let report = bed.import(&[changed, new]).await;
    assert_eq!((report.added, report.changed), (1, 1));
    let ben = bed.store.case_by_number("20260029").await.unwrap().unwrap();
    assert_eq!((ben.id, ben.outstanding.minor, ben.phones.len()), (before, 1000, 0));
    assert_eq!(bed.ben("314159", None, NOW_US).await, VerifyOutcome::Ok);
    assert_eq!(bed.store.cases_by_phone("600100200").await.unwrap().len(), 1, "Anna's stays");
}

pub async fn a_refused_row_keeps_the_whole_file_out_unless_asked(bed: Bed) {
    let file = format!("{HEADER}\n{ANNA}\n{}\n", BEN.replace("GBP", "XYZ"));
    let report = bed.import_with(&file, Policy::AllOrNothing).await.unwrap();
    assert_eq!((report.refused_total, report.imported, report.added), (1, false, 0));
    assert_eq!((report.refused[0].row, report.refused[0].field.as_str()), (3, "currency"));
    assert_eq!(bed.store.cases(10, None).await.unwrap(), []);
    let report = bed.import_with(&file, Policy::AcceptGood).await.unwrap();
    assert_eq!((report.refused_total, report.imported, report.added), (1, true, 1));
    assert_eq!(bed.store.cases(10, None).await.unwrap().len(), 1);
}

pub async fn staged_cases_are_unseen_until_all_are_taken_over(bed: Bed) {
    let many: Vec<_> =
        (0..1_203).map(|n| ANNA.replace("20260010", &format!("{}", 50_000 + n))).collect();
    let broken =
        format!("{HEADER}\n{}\n1,\"never closed\n{}", many.join("\n"), "x\n".repeat(200_000));
    let error = bed.import_with(&broken, Policy::AcceptGood).await.unwrap_err();
    assert!(matches!(error, ImportError::EndlessRow(1205)), "{error:?}");
    assert_eq!(bed.store.cases(10, None).await.unwrap(), []);
    let rows: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(bed.import(&rows).await.added, 1_203);
    assert_eq!(bed.store.cases(2_000, None).await.unwrap().len(), 1_000, "a page is cut");
    assert_eq!(bed.store.cases_by_phone("600100200").await.unwrap().len(), 20, "a family at most");
}

pub async fn the_right_party_is_verified_by_all_that_was_keyed_and_nothing_less(bed: Bed) {
    use Factor::{BirthDate, IdLast4, Pin};
    bed.import(&[ANNA, BEN]).await;
    let anna = bed.id("20260010").await;
    for (keyed, expected) in [
        (vec![(Pin, "271828"), (BirthDate, "17031985")], VerifyOutcome::Ok),
        (vec![(Pin, "271828")], VerifyOutcome::Ok),
        (vec![(Pin, "271828"), (BirthDate, "17031986")], VerifyOutcome::Failed),
        (vec![(Pin, "271829"), (BirthDate, "17031985")], VerifyOutcome::Failed),
        (vec![(Pin, "271828"), (IdLast4, "4711")], VerifyOutcome::Failed),
        (vec![], VerifyOutcome::Failed),
    ] {
        let outcome = bed.store.verify(&attempt(anna, "20260010", &keyed, None)).await.unwrap();
        assert_eq!(outcome, expected, "{keyed:?}");
    }
    let nobody = attempt(CaseId(999_999), "20260010", &[(Pin, "271828")], None);
    assert_eq!(bed.store.verify(&nobody).await.unwrap(), VerifyOutcome::Failed);
    let ben = bed.id("20260029").await;
    let others = attempt(ben, "20260010", &[(Pin, "271828")], None);
    assert_eq!(bed.store.verify(&others).await.unwrap(), VerifyOutcome::Failed);
}

pub async fn a_pin_is_good_for_ninety_days_after_its_issue(bed: Bed) {
    let file = format!("{HEADER},pin_issued\n{BEN},2025-10-09\n");
    bed.import_with(&file, Policy::AllOrNothing).await.unwrap();
    // 9 October 2025 00:00 UTC
    let issued = 1_759_968_000_000_000;
    assert_eq!(bed.ben("314159", None, issued + 90 * 24 * HOUR_US - 1).await, VerifyOutcome::Ok);
    assert_eq!(bed.ben("314159", None, issued + 90 * 24 * HOUR_US).await, VerifyOutcome::Failed);
    bed.import(&[&BEN.replace("314159", "271828")]).await;
    assert_eq!(bed.ben("271828", None, NOW_US + 9_999 * HOUR_US).await, VerifyOutcome::Ok);
}

pub async fn the_fifth_failure_locks_a_case_for_a_day(bed: Bed) {
    use VerifyOutcome::{Failed, Locked, Ok};
    bed.import(&[BEN]).await;
    for nth in 0..4 {
        assert_eq!(bed.ben("000000", None, NOW_US + nth * HOUR_US).await, Failed);
    }
    // 24 hours after the first it counts no longer
    assert_eq!(bed.ben("000000", None, NOW_US + 24 * HOUR_US).await, Failed);
    assert_eq!(bed.ben("000000", None, NOW_US + 24 * HOUR_US + 1).await, Locked);
    let locked_at = NOW_US + 24 * HOUR_US + 1;
    assert_eq!(bed.ben("314159", None, locked_at + 1).await, Locked, "even the right one");
    assert_eq!(bed.ben("314159", None, locked_at + 24 * HOUR_US - 1).await, Locked);
    assert_eq!(bed.ben("314159", None, locked_at + 24 * HOUR_US).await, Ok);
}

pub async fn the_tenth_failure_locks_a_caller_number_over_all_cases(bed: Bed) {
    use VerifyOutcome::{Failed, Locked, Ok};
    let rows: Vec<_> = (10..20).map(|n| BEN.replace("20260029", &format!("202600{n}"))).collect();
    let rows: Vec<_> = rows.iter().map(String::as_str).collect();
    bed.import(&rows).await;
    bed.import(&[BEN]).await;
    for n in 10..20 {
        let number = format!("202600{n}");
        let spelling = if n % 2 == 0 { "+48111222333" } else { "111222333" };
        let keyed = [(Factor::Pin, "000000")];
        let tried = attempt(bed.id(&number).await, &number, &keyed, Some(spelling));
        let expected = if n == 19 { Locked } else { Failed };
        assert_eq!(bed.store.verify(&tried).await.unwrap(), expected, "{number}");
    }
    assert_eq!(bed.ben("314159", Some("0048111222333"), NOW_US + 1).await, Locked);
    assert_eq!(bed.ben("314159", Some("+48999888777"), NOW_US + 1).await, Ok);
    assert_eq!(bed.ben("314159", None, NOW_US + 1).await, Ok);
}

pub async fn success_forgets_the_cases_failures_but_not_the_callers(bed: Bed) {
    use VerifyOutcome::{Failed, Locked, Ok};
    bed.import(&[BEN]).await;
    let caller = Some("+48111222333");
    for round in 0..2 {
        for _ in 0..4 {
            assert_eq!(bed.ben("000000", caller, NOW_US).await, Failed, "round {round}");
        }
        assert_eq!(bed.ben("314159", caller, NOW_US).await, Ok);
    }
    assert_eq!(bed.ben("000000", caller, NOW_US).await, Failed);
    assert_eq!(bed.ben("000000", caller, NOW_US).await, Locked, "the number's tenth");
}

pub async fn a_hundred_tries_at_once_get_no_more_than_five(bed: Bed) {
    bed.import(&[BEN]).await;
    let case = bed.id("20260029").await;
    let tries: Vec<_> = (0..100)
        .map(|n| {
            let (store, pin) = (bed.store.clone(), format!("{n:06}"));
            let caller = format!("+4860000{n:04}");
            let tried = attempt(case, "20260029", &[(Factor::Pin, &pin)], Some(&caller));
            tokio::spawn(async move { store.verify(&tried).await.unwrap() })
        })
        .collect();
    let mut failed = 0;
    for tried in tries {
        match tried.await.unwrap() {
            VerifyOutcome::Failed => failed += 1,
            VerifyOutcome::Locked => {}
            VerifyOutcome::Ok => panic!("a wrong PIN was right"),
        }
    }
    assert_eq!(failed, 4, "the fifth locks");
}

pub async fn counted_tries_outlive_a_crash(bed: Bed) {
    bed.import(&[BEN]).await;
    for _ in 0..4 {
        assert_eq!(bed.ben("000000", None, NOW_US).await, VerifyOutcome::Failed);
    }
    bed.store.append(&[event(1, 0)], &[record(1, NOW_US)]).await.unwrap();
    // Nothing is closed: the second store sees what the first one put on disk.
    let again = Bed::open(bed.url.clone()).await;
    assert_eq!(again.ben("000000", None, NOW_US).await, VerifyOutcome::Locked);
    assert_eq!(again.store.call(CallId(1)).await.unwrap().unwrap().1.len(), 1);
    assert_eq!(again.store.verify_chain().await.unwrap().fault, None);
}

pub async fn what_is_written_twice_is_kept_once(bed: Bed) {
    let events: Vec<_> = (0..5).map(|seq| event(u64::MAX, seq)).collect();
    let call = record(u64::MAX, NOW_US);
    for _ in 0..3 {
        bed.store.append(&events, std::slice::from_ref(&call)).await.unwrap();
    }
    let other = CallRecord { disposition: "other".into(), ..call.clone() };
    bed.store.append(&[event(u64::MAX, 5)], &[other]).await.unwrap();
    let (kept, kept_events) = bed.store.call(CallId(u64::MAX)).await.unwrap().unwrap();
    assert_eq!(kept, call);
    let seqs: Vec<_> = kept_events.iter().map(|kept| (kept.position, kept.event.seq)).collect();
    assert_eq!(seqs, [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4), (6, 5)]);
    assert_eq!(kept_events[2].event, events[2]);
    let report = bed.store.verify_chain().await.unwrap();
    assert_eq!((report.events, report.head, report.fault), (6, kept_events[5].hash, None));
    assert_eq!(bed.store.call(CallId(5)).await.unwrap(), None);
}

pub async fn a_batch_that_is_kept_in_part_goes_on_where_the_chain_ends(bed: Bed) {
    bed.store.append(&[event(1, 0), event(1, 1)], &[record(1, NOW_US)]).await.unwrap();
    let batch: Vec<_> = (0..300).map(|seq| event(1, seq)).chain([event(1, 7)]).collect();
    bed.store.append(&batch, &[record(1, NOW_US), record(2, NOW_US)]).await.unwrap();
    let (_, kept) = bed.store.call(CallId(1)).await.unwrap().unwrap();
    assert!(kept.iter().zip(1..).all(|(event, place)| event.position == place));
    let report = bed.store.verify_chain().await.unwrap();
    assert_eq!((report.events, report.fault), (300, None));
    assert_eq!(bed.store.calls(10, None).await.unwrap().len(), 2);
}

pub async fn calls_are_listed_latest_first_page_by_page(bed: Bed) {
    let calls: Vec<_> = (1..=7).map(|n| record(n, NOW_US + (n as i64) / 3)).collect();
    bed.store.append(&[], &calls).await.unwrap();
    let mut listed = Vec::new();
    let mut before = None;
    loop {
        let page = bed.store.calls(3, before).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        listed.extend(page.iter().map(|call| call.id.0));
    }
    assert_eq!(listed, [7, 6, 5, 4, 3, 2, 1]);
}

pub async fn writers_at_once_make_one_chain(bed: Bed) {
    let writers: Vec<_> = (1..=8)
        .map(|call| {
            let store = bed.store.clone();
            tokio::spawn(async move {
                for seq in 0..10 {
                    store
                        .append(&[event(call, 2 * seq), event(call, 2 * seq + 1)], &[])
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let report = bed.store.verify_chain().await.unwrap();
    assert_eq!((report.events, report.fault), (160, None));
}

pub async fn the_chain_shows_what_was_changed_moved_removed_or_added(bed: Bed) {
    let fault = || async { bed.store.verify_chain().await.unwrap().fault };
    let changed = |position, seq| Some(ChainFault::Changed { position, call: CallId(1), seq });
    let events: Vec<_> = (0..9).map(|seq| event(1, seq)).collect();
    bed.store.append(&events, &[]).await.unwrap();
    assert_eq!(fault().await, None);

    bed.tamper("UPDATE events SET at_us = at_us + 1 WHERE position = 4").await;
    assert_eq!(fault().await, changed(4, 3));
    bed.tamper("UPDATE events SET at_us = at_us - 1 WHERE position = 4").await;
    assert_eq!(fault().await, None);

    bed.tamper("UPDATE events SET kind = 'call-answered' WHERE position = 5").await;
    assert_eq!(fault().await, changed(5, 4));
    bed.tamper("UPDATE events SET kind = 'keys-entered' WHERE position = 5").await;

    bed.tamper("UPDATE events SET position = 100 WHERE position = 2; UPDATE events SET position = 2 WHERE position = 3; UPDATE events SET position = 3 WHERE position = 100").await;
    assert_eq!(fault().await, changed(2, 2));
    bed.tamper("UPDATE events SET position = 100 WHERE position = 2; UPDATE events SET position = 2 WHERE position = 3; UPDATE events SET position = 3 WHERE position = 100").await;
    assert_eq!(fault().await, None);

    bed.tamper("INSERT INTO events SELECT position + 1, call_id, seq + 1, case_id, at_us, kind, body, hash FROM events WHERE position = 9").await;
    assert_eq!(fault().await, Some(ChainFault::Added { position: 10 }));
    bed.tamper("DELETE FROM events WHERE position >= 9").await;
    assert_eq!(fault().await, Some(ChainFault::Missing { position: 9 }));
    bed.tamper("UPDATE chain_head SET position = 8").await;
    assert_eq!(fault().await, Some(ChainFault::Head { position: 8 }));
    bed.tamper("DELETE FROM events WHERE position = 6").await;
    assert_eq!(fault().await, Some(ChainFault::Missing { position: 6 }));
}
