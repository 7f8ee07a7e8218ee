//! The commands over a store in a directory of their own.

use super::https::{Https, Question};
use super::*;
use gateway_sandbox::{Proof, Sandbox};
use ids::{CallId, Currency};
use records::{CardEnd, PaymentState, Pepper};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use store::csv_import::{self, Import, Policy};

const NOW_US: i64 = 1_790_000_000_000_000;
const CASES: &str = "number,name,phones,language,creditor,amount,currency,due_date,birth_date,pin,id_last4\n\
    20260010,Anna,+48600100200,pl,Energia,1234.56,PLN,2026-10-15,,271828,\n\
    20260029,Ben,+48600100201,en,Energia,50.00,PLN,2026-10-15,,314159,\n";

/// A store with two cases; gone when dropped.
struct Room {
    dir: PathBuf,
    config: Config,
    store: Arc<dyn Store>,
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl Room {
    async fn new() -> Room {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let nth = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("parley-payments-{}-{nth}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&dir).unwrap();
        let url = format!("sqlite:{}", dir.join("parley.db").display());
        let config = Config::parse(&format!("[store]\nurl = {url:?}\n")).unwrap();
        let store = open_store(&config, true).await.unwrap();
        let pepper = Pepper([7; 32]);
        let check_digit = config.check_digit().unwrap();
        let import = Import { policy: Policy::AllOrNothing, check_digit, pepper: &pepper };
        csv_import::run(&*store, CASES.as_bytes(), &import, |_| {}).await.unwrap();
        Room { dir, config, store }
    }

    async fn told(&self, command: PaymentsCommand) -> Told {
        let desk = Desk { config: &self.config, store: self.store.clone(), now_us: NOW_US };
        desk.told(command).await
    }

    /// Journals an attempt through these states.
    async fn journal(
        &self,
        id: u8,
        number: &str,
        minor: u64,
        states: &[PaymentState],
    ) -> PaymentId {
        self.journal_as(id, number, minor, states, "pi_sandbox_a").await
    }

    /// The same under a name of the gateway's.
    async fn journal_as(
        &self,
        id: u8,
        number: &str,
        minor: u64,
        states: &[PaymentState],
        reference: &str,
    ) -> PaymentId {
        let case = self.store.case_by_number(number).await.unwrap().unwrap().id;
        let payment = PaymentId([id; 16]);
        for (n, state) in states.iter().enumerate() {
            let step = PaymentStep {
                payment,
                attempt: 1,
                state: *state,
                at_us: NOW_US + n as i64,
                call: CallId(7),
                case,
                amount: Money::new(minor, Currency::PLN),
                caller: Some("+48600100200".into()),
                gateway: "sandbox".into(),
                reference: (n > 0).then(|| reference.to_owned()),
                card: Some(CardEnd { brand: "visa".into(), last_four: "4242".into() }),
                reason: None,
                code: (*state == PaymentState::Approved).then(|| "SBX001".to_owned()),
                funding: None,
                by: "caller".into(),
            };
            self.store.journal_payment(&step).await.unwrap();
        }
        payment
    }
}

use PaymentState::{Approved, Authorising, Intent, Posted, Prepared, Unknown};
const PAID: [PaymentState; 5] = [Intent, Prepared, Authorising, Approved, Posted];

fn word(by: &str, approve: bool) -> Word {
    Word { by: by.to_owned(), approve }
}

fn refused(told: Told) -> String {
    told.map(drop).unwrap_err().to_string()
}

#[tokio::test]
async fn a_list_has_each_payment_on_a_line_and_one_has_every_step() {
    let room = Room::new().await;
    let paid = room.journal(1, "20260010", 10_000, &PAID).await;
    room.journal(2, "20260029", 1_000, &[Intent, Prepared, Authorising, Unknown]).await;
    let list = |open, case: Option<&str>| PaymentsCommand::List {
        open,
        case: case.map(str::to_owned),
        since: None,
        limit: 50,
    };
    let (all, _) = room.told(list(false, None)).await.unwrap();
    assert_eq!(
        all,
        "payment                           when              case          amount  try  state\n\
         abababababababababababababababab  2026-09-21 16:13  20260010  100.00 PLN    1  posted\n\
         acacacacacacacacacacacacacacacac  2026-09-21 16:13  20260029   10.00 PLN    1  unknown\n"
    );
    let (open, _) = room.told(list(true, None)).await.unwrap();
    assert!(open.contains("acac") && !open.contains("abab"), "{open}");
    let (of_case, _) = room.told(list(false, Some("20260010"))).await.unwrap();
    assert!(of_case.contains("abab") && !of_case.contains("acac"), "{of_case}");
    let nobody = refused(room.told(list(false, Some("1"))).await);
    assert!(nobody.contains("parley cases list"), "{nobody}");

    let (page, _) = room.told(PaymentsCommand::Show { id: paid.to_string() }).await.unwrap();
    for part in [
        "state    posted\n",
        "case     20260010\n",
        "card     visa 4242\n",
        "gateway  sandbox, pi_sandbox_a\n",
        "2026-09-21 16:13:20.000  try 1  intent            by caller\n",
        "try 1  approved          by caller, code SBX001\n",
    ] {
        assert!(page.contains(part), "{part:?} is not in\n{page}");
    }
    let wrong = refused(room.told(PaymentsCommand::Show { id: "4711".into() }).await);
    assert!(wrong.contains("parley payments list"), "{wrong}");
    let id = PaymentId([9; 16]).to_string();
    let gone = refused(room.told(PaymentsCommand::Show { id }).await);
    assert!(gone.contains("there is no payment"), "{gone}");
}

#[tokio::test]
async fn a_void_needs_two_people_and_says_who_has_spoken() {
    let room = Room::new().await;
    let id = room.journal(1, "20260010", 10_000, &PAID).await.to_string();
    let void = |by, approve| PaymentsCommand::Void { id: id.clone(), word: word(by, approve) };
    let early = refused(room.told(void("ewa", true)).await);
    assert!(early.contains("nobody has asked"), "{early}");
    let (page, _) = room.told(void("adam", false)).await.unwrap();
    assert!(page.contains(&format!("parley payments void {id} --approve --by NAME")), "{page}");
    let same = refused(room.told(void("Adam", true)).await);
    assert!(same.contains("another person"), "{same}");
    let (page, _) = room.told(void("ewa", true)).await.unwrap();
    assert!(page.contains("approved by ewa"), "{page}");
    let (page, _) = room.told(PaymentsCommand::Show { id: id.clone() }).await.unwrap();
    assert!(page.contains("void of 100.00 PLN: asked for by adam, 2026-"), "{page}");
    assert!(page.contains("; approved by ewa, 2026-"), "{page}");
}

const GATEWAY_PATHS: [&str; 2] = ["key", "roots.pem"];

impl Room {
    /// The same with a sandbox for a gateway.
    async fn with_gateway(proof: Proof) -> (Room, Sandbox) {
        let mut room = Room::new().await;
        let sandbox = Sandbox::start("127.0.0.1:0", proof).unwrap();
        let [key, roots] = GATEWAY_PATHS.map(|name| room.dir.join(name));
        std::fs::write(&key, "sk_test_desk\n").unwrap();
        std::fs::write(&roots, sandbox.root_pem()).unwrap();
        let payments = &mut room.config.payments;
        payments.gateway = "sandbox".into();
        payments.url = format!("https://{}:{}", Sandbox::NAME, sandbox.address().port());
        payments.addresses = vec![sandbox.address().ip()];
        payments.secret_file = Some(key);
        payments.roots_file = Some(roots);
        (room, sandbox)
    }

    fn gateway(&self) -> Gateway {
        self.config.payments.gateway().unwrap().unwrap()
    }

    /// Charges a card at the gateway, as the vault does; the gateway's name for it.
    async fn charge(&self, intent: &str, minor: u64) -> String {
        let https = Https::to(&self.gateway()).await.unwrap();
        let fields = [("Authorization", "Bearer sk_test_vault".to_owned())];
        let post = |target: String, form: Vec<(&'static str, String)>| {
            let (https, fields) = (&https, &fields);
            async move {
                let question = Question { method: "POST", target: &target, fields, form: &form };
                let answer = https.ask(&question).await.unwrap();
                serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap()
            }
        };
        let form = vec![
            ("amount", minor.to_string()),
            ("currency", "pln".to_owned()),
            ("metadata[intent]", intent.to_owned()),
        ];
        let prepared = post("/v1/payment_intents".into(), form).await;
        let reference = prepared["id"].as_str().unwrap().to_owned();
        let card = vec![("payment_method_data[card][number]", "4242424242424242".to_owned())];
        let charged = post(format!("/v1/payment_intents/{reference}/confirm"), card).await;
        assert_eq!(charged["status"], "succeeded");
        reference
    }

    async fn paid(&self, id: u8, number: &str, minor: u64) -> (PaymentId, String) {
        let reference = self.charge(&PaymentId([id; 16]).to_string(), minor).await;
        (self.journal_as(id, number, minor, &PAID, &reference).await, reference)
    }

    async fn given_back(&self, reference: &str) -> u64 {
        let account = Account::at(&self.gateway()).await.unwrap();
        account.payment(reference).await.unwrap().unwrap().given_back
    }

    async fn owes(&self, number: &str) -> String {
        self.store.case_by_number(number).await.unwrap().unwrap().outstanding.to_string()
    }

    async fn refund(&self, id: PaymentId, amount: &str, by: &str, approve: bool) -> Told {
        let (id, amount) = (id.to_string(), amount.to_owned());
        self.told(PaymentsCommand::Refund { id, amount, word: word(by, approve) }).await
    }

    async fn reconciled(&self) -> (String, bool) {
        let (page, code) =
            self.told(PaymentsCommand::Reconcile { since: None, until: None }).await.unwrap();
        (page, format!("{code:?}") == format!("{:?}", ExitCode::SUCCESS))
    }
}

#[tokio::test]
async fn a_refund_is_asked_for_approved_made_and_booked_once() {
    let (room, sandbox) = Room::with_gateway(Proof::Good).await;
    let (id, reference) = room.paid(1, "20260010", 10_000).await;
    assert_eq!(room.owes("20260010").await, "1134.56 PLN");
    let (page, _) = room.refund(id, "40", "adam", false).await.unwrap();
    assert!(
        page.contains(&format!("parley payments refund {id} --amount 40.00 --approve")),
        "{page}"
    );
    assert_eq!(room.given_back(&reference).await, 0, "one word moves nothing");
    for (amount, by, sentence) in [
        ("40", "adam", "another person"),
        ("41", "ewa", "nobody has asked"),
        ("100.01", "ewa", "at most what was taken"),
        ("a lot", "ewa", "is not an amount"),
    ] {
        let said = refused(room.refund(id, amount, by, true).await);
        assert!(said.contains(sentence), "{amount} by {by}: {said}");
    }
    let (page, _) = room.refund(id, "40.00", "ewa", true).await.unwrap();
    assert!(page.contains("40.00 PLN") && page.contains("given back"), "{page}");
    assert_eq!(room.given_back(&reference).await, 4_000);
    assert_eq!(room.owes("20260010").await, "1174.56 PLN");
    let again = refused(room.refund(id, "40.00", "ewa", true).await);
    assert!(again.contains("'refunded': refund is not possible"), "{again}");
    assert_eq!(sandbox.repeats(), 0);
    let (page, _) = room.told(PaymentsCommand::Show { id: id.to_string() }).await.unwrap();
    assert!(page.contains("by adam, approved by ewa, 40.00 PLN"), "{page}");
    assert!(room.reconciled().await.1);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_and_nothing_is_given_back_twice() {
    let (room, _sandbox) = Room::with_gateway(Proof::Good).await;
    let (id, reference) = room.paid(1, "20260010", 10_000).await;
    room.refund(id, "40.03", "adam", false).await.unwrap();
    // the sandbox makes it and says 500
    let lost = refused(room.refund(id, "40.03", "ewa", true).await);
    assert!(lost.contains("run the same command again"), "{lost}");
    assert_eq!(room.given_back(&reference).await, 4_003);
    assert_eq!(room.owes("20260010").await, "1134.56 PLN", "not known is not booked");
    assert!(!room.reconciled().await.1);
    room.refund(id, "40.03", "ewa", true).await.unwrap();
    assert_eq!(room.given_back(&reference).await, 4_003);
    assert_eq!(room.owes("20260010").await, "1174.59 PLN");
    assert!(room.reconciled().await.1);
}

#[tokio::test]
async fn a_gateway_without_proof_is_asked_nothing() {
    for proof in [Proof::WrongName, Proof::WrongRoot, Proof::Expired] {
        let (room, _sandbox) = Room::with_gateway(proof).await;
        let told = room.told(PaymentsCommand::Reconcile { since: None, until: None }).await;
        let said = refused(told);
        assert!(said.contains("cannot be reached") && said.contains("payments.url"), "{said}");
        assert!(!said.contains("sk_test"), "{said}");
    }
}

#[tokio::test]
async fn both_books_are_compared_both_ways() {
    let (room, _sandbox) = Room::with_gateway(Proof::Good).await;
    assert!(room.reconciled().await.1, "nothing here and nothing there");
    room.paid(1, "20260010", 10_000).await;
    let (page, same) = room.reconciled().await;
    assert!(same && page.contains("1 payments of ours are as the gateway has them"), "{page}");

    // there and not here
    let foreign = room.charge("somebody-elses", 500).await;
    // here and not there
    let lost = room.journal_as(2, "20260010", 700, &PAID, "pi_lost").await;
    // charged there, declined here
    let charged = room.charge(&PaymentId([3; 16]).to_string(), 900).await;
    let declined = [Intent, Prepared, Authorising, PaymentState::Declined];
    room.journal_as(3, "20260010", 900, &declined, &charged).await;
    // another amount
    let other = room.charge(&PaymentId([4; 16]).to_string(), 1_100).await;
    room.journal_as(4, "20260010", 1_000, &PAID, &other).await;
    // nobody knows here, and there is an answer
    let unknown = room.charge(&PaymentId([5; 16]).to_string(), 1_200).await;
    room.journal_as(5, "20260029", 1_200, &[Intent, Prepared, Authorising, Unknown], &unknown)
        .await;
    let (page, same) = room.reconciled().await;
    assert!(!same, "{page}");
    for part in [
        format!("not ours  {foreign}: 5.00 PLN taken, and our journal has no such payment"),
        format!("{lost}  pi_lost: 7.00 PLN posted here, unknown there"),
        format!("{charged}: 'declined' here, 9.00 PLN taken there"),
        format!("{other}: 10.00 PLN posted here, 11.00 PLN taken there"),
        format!("{unknown}: 'unknown' here, 12.00 PLN taken there"),
        "5 differences; 5 payments of ours were compared".to_owned(),
    ] {
        assert!(page.contains(&part), "{part:?} is not in\n{page}");
    }
}

#[tokio::test]
async fn money_given_back_on_one_side_alone_is_told() {
    let (room, _sandbox) = Room::with_gateway(Proof::Good).await;
    let (there, reference) = room.paid(1, "20260010", 10_000).await;
    let account = Account::at(&room.gateway()).await.unwrap();
    account.give_back(&reference, Money::new(2_500, Currency::PLN), "by-hand").await.unwrap();
    let (here, _) = room.paid(2, "20260010", 3_000).await;
    let store = &room.store;
    let last = store.payment(here).await.unwrap().pop().unwrap();
    store.journal_payment(&PaymentStep { state: PaymentState::Voided, ..last }).await.unwrap();
    let (page, same) = room.reconciled().await;
    assert!(!same);
    let on_their_side =
        format!("{there}  {reference}: posted here, 100.00 PLN taken, 25.00 PLN given back there");
    assert!(page.contains(&on_their_side), "{page}");
    assert!(page.contains("voided here, 30.00 PLN taken there"), "{page}");
}
