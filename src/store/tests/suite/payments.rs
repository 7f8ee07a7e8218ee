//! What every store promises about card payments.

use super::{ANNA, BEN, Bed, HOUR_US, NOW_US, record};
use ids::{CallId, CaseId, Currency, Money};
use records::{
    CardEnd, EventKind, PaymentAsk, PaymentGate, PaymentId, PaymentLimit, PaymentState, PaymentStep,
};
use store::{JournalFault, PaymentFilter, PaymentRefused, StoreError, WishKind, WishWord};

const MINUTE_US: i64 = 60_000_000;
use PaymentState::{
    Abandoned, Approved, Authorising, Declined, Intent, NeedsCardholder, Posted, Prepared,
    Refunded, Unknown, Voided,
};

/// One attempt of one payment, step by step.
pub struct Paying<'a> {
    bed: &'a Bed,
    pub step: PaymentStep,
}

pub fn pln(minor: u64) -> Money {
    Money::new(minor, Currency::PLN)
}

pub fn step(id: u8, case: CaseId, amount: Money) -> PaymentStep {
    PaymentStep {
        payment: PaymentId([id; 16]),
        attempt: 1,
        state: Intent,
        at_us: NOW_US,
        call: CallId(7),
        case,
        amount,
        caller: Some("+48600100200".into()),
        gateway: "sandbox".into(),
        reference: None,
        card: Some(CardEnd { brand: "visa".into(), last_four: "4242".into() }),
        reason: None,
        code: None,
        funding: None,
        by: "caller".into(),
    }
}

impl<'a> Paying<'a> {
    pub async fn new(bed: &'a Bed, id: u8, number: &str, amount: Money) -> Paying<'a> {
        Paying { bed, step: step(id, bed.id(number).await, amount) }
    }

    /// With this card's end, from this caller, at this time.
    fn with(mut self, last_four: &str, caller: Option<&str>, at_us: i64) -> Self {
        self.step.card = Some(CardEnd { brand: "visa".into(), last_four: last_four.into() });
        self.step.caller = caller.map(str::to_owned);
        self.step.at_us = at_us;
        self
    }

    pub async fn to(&mut self, state: PaymentState) -> Result<(), StoreError> {
        self.step.state = state;
        let named = (state != Intent).then(|| format!("pi_{}", self.step.payment));
        self.step.reference = named;
        self.bed.store.journal_payment(&self.step).await
    }

    pub async fn through(&mut self, states: &[PaymentState]) {
        for state in states {
            self.to(*state).await.unwrap_or_else(|error| panic!("{state}: {error}"));
        }
    }

    async fn refused(&mut self, state: PaymentState) -> PaymentRefused {
        refusal(self.to(state).await)
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, StoreError>) -> PaymentRefused {
    match result {
        Err(StoreError::Payment(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

async fn owes(bed: &Bed, number: &str) -> u64 {
    bed.store.case_by_number(number).await.unwrap().unwrap().outstanding.minor
}

async fn gate(bed: &Bed, number: &str, minor: u64, caller: &str, at_us: i64) -> PaymentGate {
    let case = bed.id(number).await;
    let ask = PaymentAsk { case, caller: Some(caller.into()), amount: pln(minor), at_us };
    bed.store.payment_gate(&ask).await.unwrap()
}

pub async fn a_payment_reduces_the_balance_when_it_is_posted_and_once(bed: Bed) {
    bed.import(&[ANNA]).await;
    let mut anna = Paying::new(&bed, 1, "20260010", pln(10_000)).await;
    anna.through(&[Intent, Prepared, Authorising, Approved]).await;
    assert_eq!(owes(&bed, "20260010").await, 123_456);
    anna.through(&[Posted, Posted, Posted]).await;
    assert_eq!(owes(&bed, "20260010").await, 113_456);
    anna.through(&[Authorising, Intent]).await;
    let steps = bed.store.payment(anna.step.payment).await.unwrap();
    let states: Vec<_> = steps.iter().map(|step| step.state).collect();
    assert_eq!(states, [Intent, Prepared, Authorising, Approved, Posted], "each is kept once");
    assert_eq!(steps[0].card, anna.step.card);
    assert_eq!(steps[4].reference, Some(format!("pi_{}", anna.step.payment)));
    assert_eq!(bed.store.payment(PaymentId([9; 16])).await.unwrap(), []);
}

pub async fn every_step_stands_in_the_history_with_a_receipt_for_money(bed: Bed) {
    bed.import(&[ANNA]).await;
    bed.store.append(&[super::event(7, 0), super::event(7, 1)], &[]).await.unwrap();
    let mut anna = Paying::new(&bed, 1, "20260010", pln(10_000)).await;
    anna.through(&[Intent, Prepared, Authorising, Approved, Posted, Posted]).await;
    bed.store.append(&[super::event(7, 2)], &[record(7, NOW_US)]).await.unwrap();
    let (_, events) = bed.store.call(CallId(7)).await.unwrap().unwrap();
    let kinds: Vec<_> = events.iter().map(|kept| kept.event.kind.name()).collect();
    let own = ["keys-entered"; 3];
    assert_eq!(kinds, [&own[..], &["payment-step"; 5], &["receipt"]].concat());
    let receipt = events.iter().map(|kept| &kept.event.kind).next_back().unwrap();
    let EventKind::Receipt { what, amount, left, card, .. } = receipt else {
        panic!("{receipt:?}");
    };
    assert_eq!((*what, &**amount, &**left), (Posted, "100.00 PLN", "1134.56 PLN"));
    assert_eq!(*card, anna.step.card);
    let report = bed.store.verify_chain().await.unwrap();
    assert_eq!((report.events, report.fault), (9, None));
    bed.tamper(
        "UPDATE events SET body = replace(body, '100.00 PLN', '900.00 PLN') WHERE kind = 'receipt'",
    )
    .await;
    assert!(bed.store.verify_chain().await.unwrap().fault.is_some());
}

pub async fn a_step_follows_what_it_may_follow_and_nothing_else(bed: Bed) {
    bed.import(&[ANNA]).await;
    // Every state in every place: what the journal takes is what the table of states allows.
    let ways: [&[PaymentState]; 11] = [
        &[],
        &[Intent],
        &[Intent, Prepared],
        &[Intent, Prepared, Authorising],
        &[Intent, Prepared, Authorising, Approved],
        &[Intent, Prepared, Authorising, Unknown],
        &[Intent, Prepared, Authorising, Approved, Posted],
        &[Intent, Prepared, Authorising, NeedsCardholder],
        &[Intent, Prepared, Authorising, Unknown, Voided],
        &[Intent, Prepared, Authorising, Approved, Posted, Refunded],
        &[Intent, Abandoned],
    ];
    let mut id = 0;
    for way in ways {
        for next in PaymentState::ALL.into_iter().filter(|state| !way.contains(state)) {
            id += 1;
            let mut paying = Paying::new(&bed, id, "20260010", pln(1)).await;
            paying.through(way).await;
            let before = way.last().copied();
            match paying.to(next).await {
                Ok(()) => assert!(next.may_follow(before), "{next} after {before:?}"),
                refused => {
                    assert!(!next.may_follow(before), "{next} after {before:?}: {refused:?}");
                    let said = refusal(refused);
                    assert!(matches!(said, PaymentRefused::OutOfTurn { .. }), "{said:?}");
                }
            }
            settle(&mut paying).await;
        }
    }
}

/// Brings the attempt to some end, so that the case is free.
async fn settle(paying: &mut Paying<'_>) {
    let steps = paying.bed.store.payment(paying.step.payment).await.unwrap();
    let mut state = steps.last().map(|step| step.state);
    while let Some(open) = state.filter(|state| state.is_open()) {
        let ends = [Abandoned, Voided];
        let end = ends.into_iter().find(|end| end.may_follow(Some(open))).unwrap();
        paying.to(end).await.unwrap();
        state = Some(end);
    }
}

pub async fn a_step_that_says_something_else_is_refused(bed: Bed) {
    bed.import(&[ANNA, BEN]).await;
    let mut anna = Paying::new(&bed, 1, "20260010", pln(10_000)).await;
    anna.through(&[Intent, Prepared]).await;
    let field = |refused| match refused {
        PaymentRefused::Differs { field, .. } | PaymentRefused::Malformed { field, .. } => field,
        other => panic!("{other:?}"),
    };
    let honest = PaymentStep { state: Authorising, ..anna.step.clone() };
    let journal = |step: PaymentStep| {
        let store = bed.store.clone();
        async move { field(refusal(store.journal_payment(&step).await)) }
    };
    let other = PaymentStep { amount: pln(9_999), ..honest.clone() };
    assert_eq!(journal(other).await, "amount");
    let again = PaymentStep { state: Prepared, amount: pln(1), ..honest.clone() };
    assert_eq!(journal(again).await, "amount");
    let other = PaymentStep { case: bed.id("20260029").await, ..honest.clone() };
    assert_eq!(journal(other).await, "case");
    let other = PaymentStep { reference: Some("pi_other".into()), ..honest.clone() };
    assert_eq!(journal(other).await, "reference");
    let other = PaymentStep { reference: None, ..honest.clone() };
    assert_eq!(journal(other).await, "missing reference");
    let other = PaymentStep { gateway: "elsewhere".into(), ..honest.clone() };
    assert_eq!(journal(other).await, "gateway");
    let card = CardEnd { brand: "visa".into(), last_four: "4242424242424242".into() };
    let other = PaymentStep { card: Some(card), ..honest.clone() };
    assert_eq!(journal(other).await, "end of a card");
    let card = CardEnd { brand: "4242424242424242".into(), last_four: "4242".into() };
    let other = PaymentStep { card: Some(card), ..honest.clone() };
    assert_eq!(journal(other).await, "brand of a card");
    let other = PaymentStep { attempt: 4, ..honest.clone() };
    assert_eq!(journal(other).await, "number of tries");
    bed.store.journal_payment(&honest).await.unwrap();
    assert_eq!(bed.store.payment(anna.step.payment).await.unwrap().len(), 3);
    assert_eq!(
        bed.store.verify_chain().await.unwrap().events,
        3,
        "what is refused is told nowhere"
    );
}

pub async fn an_open_payment_locks_its_case_until_it_is_settled(bed: Bed) {
    bed.import(&[ANNA, BEN]).await;
    let mut first = Paying::new(&bed, 1, "20260010", pln(10_000)).await;
    first.through(&[Intent, Prepared, Authorising, Unknown]).await;
    let at = NOW_US + 48 * HOUR_US;
    assert_eq!(gate(&bed, "20260010", 1, "+48600100200", at).await, PaymentGate::CaseLocked);
    let mut second = Paying::new(&bed, 2, "20260010", pln(1)).await;
    let refused = second.refused(Intent).await;
    let (case, by) = (second.step.case, first.step.payment);
    assert_eq!(refused, PaymentRefused::CaseLocked { case, by });
    let open = bed.store.open_payments().await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].last.state, open[0].last.payment), (Unknown, by));
    assert_eq!(open[0].void, None);
    first.through(&[Declined]).await;
    assert_eq!(bed.store.open_payments().await.unwrap(), []);
    assert_eq!(gate(&bed, "20260010", 1, "+48600100200", at).await, PaymentGate::Open);
    second.through(&[Intent]).await;
}

pub async fn a_payment_is_tried_again_only_when_the_try_before_took_no_money(bed: Bed) {
    bed.import(&[ANNA]).await;
    let mut anna = Paying::new(&bed, 1, "20260010", pln(10_000)).await;
    anna.through(&[Intent, Prepared, Authorising, Declined]).await;
    anna.step.attempt = 2;
    anna.through(&[Intent, Prepared, Authorising, Approved, Posted]).await;
    anna.step.attempt = 3;
    let refused = anna.refused(Intent).await;
    let payment = anna.step.payment;
    assert_eq!(refused, PaymentRefused::NotOver { payment, attempt: 2, state: Posted });
    assert_eq!(owes(&bed, "20260010").await, 113_456);
    let list = bed.store.payments(&PaymentFilter::default(), 10).await.unwrap();
    let listed: Vec<_> = list.iter().map(|step| (step.attempt, step.state)).collect();
    assert_eq!(listed, [(2, Posted), (1, Declined)]);
}

pub async fn of_payments_of_a_case_begun_at_once_one_goes_on(bed: Bed) {
    bed.import(&[ANNA]).await;
    let case = bed.id("20260010").await;
    let other = Bed::open(bed.url.clone()).await;
    let tries: Vec<_> = (1..=20)
        .map(|id| {
            // two programs on one database
            let store = if id % 2 == 0 { &bed.store } else { &other.store };
            let (store, step) = (store.clone(), step(id, case, pln(10_000)));
            tokio::spawn(async move { store.journal_payment(&step).await })
        })
        .collect();
    let mut taken = 0;
    for tried in tries {
        match tried.await.unwrap() {
            Ok(()) => taken += 1,
            refused => assert!(matches!(refusal(refused), PaymentRefused::CaseLocked { .. })),
        }
    }
    assert_eq!(taken, 1);
    assert_eq!(bed.store.open_payments().await.unwrap().len(), 1);
    assert_eq!(bed.store.verify_chain().await.unwrap().events, 1);
}

pub async fn a_step_written_many_times_at_once_is_kept_and_booked_once(bed: Bed) {
    bed.import(&[ANNA]).await;
    let mut anna = Paying::new(&bed, 1, "20260010", pln(10_000)).await;
    anna.through(&[Intent, Prepared, Authorising, Approved]).await;
    let posted = PaymentStep { state: Posted, ..anna.step.clone() };
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let (store, step) = (bed.store.clone(), posted.clone());
            tokio::spawn(async move { store.journal_payment(&step).await.unwrap() })
        })
        .collect();
    for tried in tries {
        tried.await.unwrap();
    }
    assert_eq!(owes(&bed, "20260010").await, 113_456);
    assert_eq!(bed.store.verify_chain().await.unwrap().events, 6, "five steps and a receipt");
}

pub async fn no_more_is_taken_than_is_owed_and_in_its_currency(bed: Bed) {
    bed.import(&[ANNA, BEN]).await;
    let caller = "+48600100200";
    assert_eq!(gate(&bed, "20260010", 123_456, caller, NOW_US).await, PaymentGate::Open);
    for wrong in [0, 123_457] {
        let answer = gate(&bed, "20260010", wrong, caller, NOW_US).await;
        assert_eq!(answer, PaymentGate::AmountWrong, "{wrong}");
    }
    // Ben owes pounds
    assert_eq!(gate(&bed, "20260029", 1, caller, NOW_US).await, PaymentGate::AmountWrong);
    let mut ben = Paying::new(&bed, 1, "20260029", pln(1)).await;
    assert_eq!(ben.refused(Intent).await, PaymentRefused::AmountWrong(ben.step.case));
    let nobody = CaseId(999);
    let ask = PaymentAsk { case: nobody, caller: None, amount: pln(1), at_us: NOW_US };
    assert_eq!(bed.store.payment_gate(&ask).await.unwrap(), PaymentGate::AmountWrong);
    let refused = refusal(bed.store.journal_payment(&step(2, nobody, pln(1))).await);
    assert_eq!(refused, PaymentRefused::AmountWrong(nobody));
}

pub async fn money_that_moved_is_posted_whatever_an_import_has_changed(bed: Bed) {
    bed.import(&[ANNA]).await;
    let mut anna = Paying::new(&bed, 1, "20260010", pln(10_000)).await;
    anna.through(&[Intent, Prepared, Authorising, Approved]).await;
    bed.import(&[&ANNA.replace("1234.56", "40.00")]).await;
    anna.through(&[Posted]).await;
    assert_eq!(owes(&bed, "20260010").await, 0, "never below nothing");
    anna.through(&[Voided]).await;
    assert_eq!(owes(&bed, "20260010").await, 4_000, "what was booked comes back");
}

pub async fn five_declines_lock_a_case_and_a_caller_for_a_day(bed: Bed) {
    let rows: Vec<_> = (10..20).map(|n| ANNA.replace("20260010", &format!("202600{n}"))).collect();
    let rows: Vec<_> = rows.iter().map(String::as_str).collect();
    bed.import(&rows).await;
    let decline = [Intent, Prepared, Authorising, Declined];
    // one case, five callers
    for n in 0..5 {
        let caller = format!("+4860000000{n}");
        let at = NOW_US + i64::from(n) * HOUR_US;
        assert_eq!(gate(&bed, "20260010", 1, &caller, at).await, PaymentGate::Open);
        let paying = Paying::new(&bed, n, "20260010", pln(1)).await;
        paying.with("4242", Some(&caller), at).through(&decline).await;
    }
    let limit = |limit| PaymentGate::Limit(limit);
    let at = NOW_US + 5 * HOUR_US;
    let declines = limit(PaymentLimit::CaseDeclines);
    assert_eq!(gate(&bed, "20260010", 1, "+48111", at).await, declines);
    let paying = Paying::new(&bed, 9, "20260010", pln(1)).await;
    let refused = paying.with("4242", None, at).refused(Intent).await;
    assert_eq!(refused, PaymentRefused::Limit(PaymentLimit::CaseDeclines));
    let day = NOW_US + 24 * HOUR_US;
    assert_eq!(gate(&bed, "20260010", 1, "+48111", day - 1).await, declines);
    // the limits are in the tables: a second program that opens them knows of them
    let again = Bed::open(bed.url.clone()).await;
    assert_eq!(gate(&again, "20260010", 1, "+48111", at).await, declines);
    assert_eq!(gate(&bed, "20260010", 1, "+48111", day).await, PaymentGate::Open);
    // one caller in two spellings, five cases
    for n in 11..16 {
        let spelling = if n % 2 == 0 { "+48700100200" } else { "700100200" };
        let paying = Paying::new(&bed, n, &format!("202600{n}"), pln(1)).await;
        paying.with("4242", Some(spelling), NOW_US).through(&decline).await;
    }
    let answer = gate(&bed, "20260016", 1, "0048700100200", at).await;
    assert_eq!(answer, limit(PaymentLimit::CallerDeclines));
    assert_eq!(gate(&bed, "20260016", 1, "+48700100201", at).await, PaymentGate::Open);
    assert_eq!(gate(&bed, "20260016", 1, "anonymous", at).await, PaymentGate::Open);
}

pub async fn a_decline_that_no_issuer_gave_counts_against_nobody(bed: Bed) {
    bed.import(&[ANNA]).await;
    for id in 0..10 {
        let mut paying = Paying::new(&bed, id, "20260010", pln(1)).await;
        paying.through(&[Intent, Prepared, Authorising]).await;
        paying.step.reason = Some(PaymentStep::NOT_SENT.into());
        paying.through(&[Declined]).await;
    }
    assert_eq!(gate(&bed, "20260010", 1, "+48600100200", NOW_US).await, PaymentGate::Open);
}

pub async fn a_case_is_offered_three_cards_a_day_and_a_known_one_again(bed: Bed) {
    bed.import(&[ANNA]).await;
    let decline = [Intent, Prepared, Authorising, NeedsCardholder];
    let paying = |id, last_four, at| {
        let bed = &bed;
        async move { Paying::new(bed, id, "20260010", pln(1)).await.with(last_four, None, at) }
    };
    for (id, last_four) in [(1, "1111"), (2, "2222"), (3, "1111")] {
        paying(id, last_four, NOW_US).await.through(&decline).await;
    }
    assert_eq!(gate(&bed, "20260010", 1, "x", NOW_US).await, PaymentGate::Open);
    paying(4, "3333", NOW_US).await.through(&decline).await;
    let cards = PaymentLimit::CaseCards;
    assert_eq!(gate(&bed, "20260010", 1, "x", NOW_US).await, PaymentGate::Limit(cards));
    let refused = paying(5, "4444", NOW_US).await.refused(Intent).await;
    assert_eq!(refused, PaymentRefused::Limit(cards));
    paying(6, "2222", NOW_US).await.through(&decline).await;
    let tomorrow = NOW_US + 24 * HOUR_US;
    assert_eq!(gate(&bed, "20260010", 1, "x", tomorrow).await, PaymentGate::Open);
}

pub async fn many_declines_and_few_approvals_close_the_gate_for_everybody(bed: Bed) {
    let rows: Vec<_> = (100..160).map(|n| ANNA.replace("20260010", &format!("20260{n}"))).collect();
    let rows: Vec<_> = rows.iter().map(String::as_str).collect();
    bed.import(&rows).await;
    // six that began before and are on their way
    let mut underway = Vec::new();
    for n in 0..6 {
        let paying = Paying::new(&bed, n, &format!("20260{}", 120 + n), pln(1)).await;
        underway.push(paying.with("4242", None, NOW_US));
        underway.last_mut().unwrap().through(&[Intent, Prepared, Authorising]).await;
    }
    for n in 100..120 {
        let paying = Paying::new(&bed, n, &format!("20260{n}"), pln(1)).await;
        let caller = format!("+48700000{n}");
        let mut paying = paying.with("4242", Some(&caller), NOW_US);
        assert_eq!(gate(&bed, "20260159", 1, "x", NOW_US).await, PaymentGate::Open, "{n}");
        paying.through(&[Intent, Prepared, Authorising, Declined]).await;
    }
    let (open, broken) = (PaymentGate::Open, PaymentGate::Limit(PaymentLimit::Breaker));
    assert_eq!(gate(&bed, "20260159", 1, "x", NOW_US + MINUTE_US).await, broken);
    assert_eq!(gate(&bed, "20260159", 1, "x", NOW_US + 15 * MINUTE_US).await, open);
    // 20 declines of 25 answers are the limit, 20 of 26 are not
    for (n, paying) in underway.iter_mut().enumerate() {
        paying.through(&[Approved, Posted]).await;
        let answer = gate(&bed, "20260159", 1, "x", NOW_US).await;
        assert_eq!(answer, if n < 5 { broken } else { open }, "{n}");
    }
}

pub async fn money_goes_back_when_one_asks_and_another_approves(bed: Bed) {
    bed.import(&[ANNA]).await;
    let mut anna = Paying::new(&bed, 1, "20260010", pln(10_000)).await;
    anna.through(&[Intent, Prepared, Authorising, Approved, Posted]).await;
    let payment = anna.step.payment;
    let word = |kind, amount, by| WishWord { payment, kind, amount, by, at_us: NOW_US };
    let void = |by| word(WishKind::Void, None, by);
    let store = &bed.store;
    let refused = refusal(store.approve_payment_back(&void("ewa")).await);
    assert_eq!(refused, PaymentRefused::NotAsked(payment));
    store.ask_payment_back(&void("adam")).await.unwrap();
    assert_eq!(store.open_payments().await.unwrap(), [], "one word is none");
    for same in ["adam", " Adam ", "ADAM"] {
        let refused = refusal(store.approve_payment_back(&void(same)).await);
        assert_eq!(refused, PaymentRefused::SamePerson(payment), "{same}");
    }
    let wish = store.approve_payment_back(&void("ewa")).await.unwrap();
    assert_eq!(wish.approved, Some(("ewa".into(), NOW_US)));
    assert_eq!(store.approve_payment_back(&void("jan")).await.unwrap(), wish, "it stays as it is");
    assert_eq!(
        refusal(store.ask_payment_back(&void("adam")).await),
        PaymentRefused::Approved(payment)
    );
    let open = store.open_payments().await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].void, Some(("adam".into(), "ewa".into())));
    assert_eq!(open[0].last.state, Posted);
    anna.through(&[Voided]).await;
    assert_eq!(store.open_payments().await.unwrap(), []);
    assert_eq!(owes(&bed, "20260010").await, 123_456);
    assert!(matches!(
        refusal(store.ask_payment_back(&void("adam")).await),
        PaymentRefused::NothingToGiveBack { state: Voided, .. }
    ));
    // five steps, two words, the void, two receipts
    let report = store.verify_chain().await.unwrap();
    assert_eq!((report.events, report.fault), (10, None));
}

pub async fn a_refund_is_never_above_what_was_taken_nor_another_one_than_was_asked_for(bed: Bed) {
    bed.import(&[ANNA]).await;
    let mut anna = Paying::new(&bed, 1, "20260010", pln(10_000)).await;
    anna.through(&[Intent, Prepared, Authorising, Approved]).await;
    let payment = anna.step.payment;
    let refund = |amount, by| WishWord {
        payment,
        kind: WishKind::Refund,
        amount: Some(amount),
        by,
        at_us: NOW_US,
    };
    let store = &bed.store;
    assert!(matches!(
        refusal(store.ask_payment_back(&refund(pln(1), "adam")).await),
        PaymentRefused::NothingToGiveBack { state: Approved, .. }
    ));
    anna.through(&[Posted]).await;
    for wrong in [pln(0), pln(10_001), Money::new(1, Currency::EUR)] {
        let refused = refusal(store.ask_payment_back(&refund(wrong, "adam")).await);
        assert_eq!(refused, PaymentRefused::TooMuch(payment), "{wrong}");
    }
    store.ask_payment_back(&refund(pln(3_000), "adam")).await.unwrap();
    store.ask_payment_back(&refund(pln(4_000), "adam")).await.unwrap();
    let refused = refusal(store.approve_payment_back(&refund(pln(3_000), "ewa")).await);
    assert_eq!(refused, PaymentRefused::NotAsked(payment), "the newer wish stands");
    store.approve_payment_back(&refund(pln(4_000), "ewa")).await.unwrap();
    assert_eq!(store.open_payments().await.unwrap(), [], "the vault has no part in it");
    let wishes = store.payment_wishes(payment).await.unwrap();
    assert_eq!((wishes.len(), wishes[0].amount), (1, pln(4_000)));
    let over = PaymentStep { state: Refunded, amount: pln(10_001), ..anna.step.clone() };
    let refused = refusal(store.journal_payment(&over).await);
    assert!(matches!(refused, PaymentRefused::Differs { field: "amount", .. }), "{refused:?}");
    anna.step.amount = pln(4_000);
    anna.through(&[Refunded, Refunded]).await;
    assert_eq!(owes(&bed, "20260010").await, 117_456);
}

pub async fn payments_are_listed_latest_first_by_case_and_time(bed: Bed) {
    bed.import(&[ANNA, BEN]).await;
    let mut anna = Paying::new(&bed, 1, "20260010", pln(1)).await;
    anna.through(&[Intent, Abandoned]).await;
    let mut anna = Paying::new(&bed, 2, "20260010", pln(1)).await.with("4242", None, NOW_US + 1);
    anna.through(&[Intent]).await;
    let mut ben = Paying::new(&bed, 3, "20260029", Money::new(1, Currency::GBP)).await;
    ben.step.at_us = NOW_US + 2;
    ben.through(&[Intent, Prepared]).await;
    let list = |filter: PaymentFilter, limit| {
        let store = bed.store.clone();
        async move {
            let steps = store.payments(&filter, limit).await.unwrap();
            steps.iter().map(|step| step.payment.0[0]).collect::<Vec<_>>()
        }
    };
    let all = PaymentFilter::default();
    assert_eq!(list(all, 10).await, [3, 2, 1]);
    assert_eq!(list(all, 2).await, [3, 2]);
    assert_eq!(list(PaymentFilter { open: true, ..all }, 10).await, [3, 2]);
    assert_eq!(list(PaymentFilter { case: Some(anna.step.case), ..all }, 10).await, [2, 1]);
    assert_eq!(list(PaymentFilter { since_us: Some(NOW_US + 1), ..all }, 10).await, [3, 2]);
    assert_eq!(list(PaymentFilter { until_us: Some(NOW_US + 2), ..all }, 10).await, [2, 1]);
}

pub async fn a_journal_that_was_changed_behind_the_history_is_told(bed: Bed) {
    bed.import(&[ANNA]).await;
    let mut anna = Paying::new(&bed, 1, "20260010", pln(10_000)).await;
    anna.through(&[Intent, Prepared, Authorising, Approved, Posted]).await;
    let payment = anna.step.payment;
    let found = || async {
        let report = bed.store.verify_payments().await.unwrap();
        (report.steps, report.fault)
    };
    assert_eq!(found().await, (5, None));
    for (change, back) in [
        ("minor = 1", "minor = 10000"),
        ("done_by = 'somebody'", "done_by = 'caller'"),
        ("at_us = at_us + 1", "at_us = at_us - 1"),
        ("call_id = 8", "call_id = 7"),
        ("last_four = '1111'", "last_four = '4242'"),
    ] {
        let set = |what| format!("UPDATE payment_steps SET {what} WHERE state = 'approved'");
        bed.tamper_with(set(change)).await;
        let changed = JournalFault::Changed { position: 4, payment };
        assert_eq!(found().await, (3, Some(changed)), "{change}");
        bed.tamper_with(set(back)).await;
        assert_eq!(found().await, (5, None), "{back}");
    }
    bed.tamper("INSERT INTO payment_steps SELECT payment, 2, nth, state, at_us, call_id, case_id, minor, currency, caller, gateway, reference, brand, last_four, reason, code, funding, done_by FROM payment_steps WHERE state = 'posted'").await;
    assert_eq!(found().await, (5, Some(JournalFault::Untold { steps: 1 })));
    bed.tamper("DELETE FROM payment_steps WHERE state = 'posted'").await;
    assert_eq!(found().await, (4, Some(JournalFault::Missing { position: 5, payment })));
}
