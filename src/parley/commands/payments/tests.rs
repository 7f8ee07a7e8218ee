//! The commands over a store in a directory of their own.

use super::*;
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
                reference: (n > 0).then(|| "pi_sandbox_a".to_owned()),
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
