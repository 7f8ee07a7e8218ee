//! One vault, one sandbox, one switch, one telephone.

use crate::phone::Phone;
use gateway_sandbox::{PAYU_ACCOUNT, Proof, Sandbox};
use ids::{Currency, Lang, Moment, Money};
use std::fs;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use vault_link::{
    Agreed, ClipName, Codec, FromVault, FundingGate, Intent, MediaKey, Order, Secured, Session,
    SwitchEvent, SwitchSide,
};

/// Whoever waits longer than this waits for ever.
const PATIENCE: Duration = Duration::from_secs(60);
/// The user that the vault becomes.
pub const USER: u32 = 65_534;
const CLIPS: &str = "pay_get_card pay_card_number pay_expiry pay_cvv pay_cvv_amex pay_card_invalid \
    pay_card_confirm.0 pay_card_confirm.1 pay_card_confirm.2 pay_processing pay_success.0 \
    pay_unknown pay_cancelled digit-0 digit-1 digit-2 digit-3 \
    digit-4 digit-5 digit-6 digit-7 digit-8 digit-9 amount-a";

pub struct Stage {
    pub sandbox: Sandbox,
    pub vault: Child,
    pub side: SwitchSide,
    pub phone: Phone,
    /// Every byte that the vault said.
    pub wire: Vec<u8>,
    pub events: Vec<SwitchEvent>,
    seen: usize,
    link: UnixStream,
    folder: PathBuf,
}

/// Whom the vault asks for money.
#[derive(Clone, Copy, PartialEq)]
pub enum Account {
    PaymentIntents,
    PayU { keyed_cards: bool },
}

pub fn now() -> Moment {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Moment::from_micros(time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1_000)
}

impl Stage {
    /// Everything is up, and the vault has greeted.
    pub fn set(name: &str, proof: Proof) -> Self {
        Self::with(name, proof, Account::PaymentIntents)
    }

    /// The same with another account.
    pub fn with(name: &str, proof: Proof, account: Account) -> Self {
        let sandbox = Sandbox::start("127.0.0.1:0", proof).unwrap();
        let folder = furnish(name, &sandbox, account);
        let (link, theirs) = UnixStream::pair().unwrap();
        let vault = start(&folder, &sandbox, account, theirs);
        link.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        let side = SwitchSide::new(now(), vec!["127.0.0.1".parse().unwrap()]);
        let mut stage = Self {
            sandbox,
            vault,
            side,
            phone: Phone::new(),
            wire: Vec::new(),
            events: Vec::new(),
            seen: 0,
            link,
            folder,
        };
        stage.wait(|e| matches!(e, SwitchEvent::Ready(_)).then_some(()));
        stage
    }

    /// Moves bytes once.
    pub fn pump(&mut self) {
        while let Some(frame) = self.side.poll_write() {
            let _ = self.link.write_all(&frame);
        }
        let mut chunk = [0; 4_096];
        match self.link.read(&mut chunk) {
            Ok(0) => self.side.handle_closed(),
            Ok(count) => {
                self.wire.extend(&chunk[..count]);
                self.side.handle_bytes(now(), &chunk[..count]);
            }
            Err(_) => {}
        }
        self.side.handle_timeout(now());
        self.events.extend(std::iter::from_fn(|| self.side.poll_event()));
        self.phone.listen();
    }

    /// Waits for an event that was not waited for yet.
    pub fn wait<T>(&mut self, wanted: impl Fn(&SwitchEvent) -> Option<T>) -> T {
        let until = now() + PATIENCE;
        loop {
            while self.seen < self.events.len() {
                self.seen += 1;
                let event = &self.events[self.seen - 1];
                if let Some(found) = wanted(event) {
                    return found;
                }
                if let SwitchEvent::Down(why) = *event {
                    panic!("{why:?}; the vault: {:?}", self.last_word());
                }
            }
            assert!(now() < until, "nothing more came after {:#?}", self.events);
            self.pump();
        }
    }

    /// What a vault that ended wrote, and how it ended.
    fn last_word(&mut self) -> (String, std::process::ExitStatus) {
        // a vault that still runs ends with its link
        let _ = self.link.shutdown(std::net::Shutdown::Both);
        let mut word = String::new();
        if let Some(mut stderr) = self.vault.stderr.take() {
            let _ = stderr.read_to_string(&mut word);
        }
        (word, self.vault.wait().unwrap())
    }

    /// Waits for a word of the vault.
    pub fn wait_said<T>(&mut self, wanted: impl Fn(&FromVault) -> Option<T>) -> T {
        self.wait(|event| match event {
            SwitchEvent::Said(said) => wanted(said),
            _ => None,
        })
    }

    /// Opens a capture and moves the telephone's sound there; `srtp`: protected both ways.
    pub fn move_audio(&mut self, session: Session, srtp: bool) {
        let ours = srtp.then(|| secured(1));
        self.side.open_media(now(), session, ours, !srtp).unwrap();
        let at = self.wait_said(|said| match said {
            FromVault::MediaOpened(_, at, _) => Some(*at),
            _ => None,
        });
        self.phone.call(at, srtp.then(|| (secured(2), secured(1))));
        let agreed = self.agreed(&self.phone, srtp.then(|| secured(2)));
        self.side.agree(now(), session, agreed).unwrap();
    }

    /// What a telephone's side answers to the move.
    pub fn agreed(&self, phone: &Phone, far_key: Option<Secured>) -> Agreed {
        Agreed {
            remote: phone.address(),
            codec: Codec::Alaw,
            audio_payload: 8,
            events_payload: Some(101),
            in_band: false,
            far_key,
        }
    }

    /// Opens, moves, arms, and waits until keys count.
    pub fn begin(&mut self, session: Session, minor: u64, srtp: bool) {
        self.begin_order(session, order(minor), srtp);
    }

    /// The same with an order of its own.
    pub fn begin_order(&mut self, session: Session, order: Order, srtp: bool) {
        self.move_audio(session, srtp);
        self.side.arm(now(), session, order).unwrap();
        self.wait_said(|said| matches!(said, FromVault::Speaking(_)).then_some(()));
    }

    /// Presses keys as a person does: the next when the last has been heard.
    pub fn press(&mut self, keys: &str) {
        for key in keys.chars() {
            self.phone.press(key);
            self.until_the_next_key();
        }
    }

    /// Nobody presses keys faster than this: a twelfth of a second from key to key.
    pub fn until_the_next_key(&mut self) {
        let next = now() + Duration::from_millis(80);
        while now() < next {
            self.pump();
        }
    }

    /// Keys a card and says yes.
    pub fn pay_by(&mut self, number: &str, expiry: &str, code: &str) {
        self.press(&format!("1{number}#{expiry}{code}1"));
    }

    /// Does what the switch does on consent, up to the outcome.
    pub fn authorise(&mut self, session: Session) -> vault_link::Outcome {
        self.wait_said(|said| matches!(said, FromVault::Consented { .. }).then_some(()));
        self.side.intent_stored(now(), session).unwrap();
        self.wait_said(|said| matches!(said, FromVault::Prepared(..)).then_some(()));
        self.side.journalled(now(), session).unwrap();
        self.wait_said(|said| match said {
            FromVault::Outcome(_, _, outcome) => Some(*outcome),
            _ => None,
        })
    }

    /// The switch is gone.
    pub fn hang_up_link(&mut self) {
        self.link.shutdown(std::net::Shutdown::Both).unwrap();
    }

    /// Waits for the end of a capture and closes it.
    pub fn end(&mut self, session: Session) -> vault_link::End {
        let end = self.wait_said(|said| match said {
            FromVault::Ended(_, end) => Some(*end),
            _ => None,
        });
        self.side.close(session).unwrap();
        self.pump();
        end
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.vault.kill();
        let _ = self.vault.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub fn order(minor: u64) -> Order {
    Order {
        intent: Intent(minor.to_be_bytes().repeat(2).try_into().unwrap()),
        amount: Money::new(minor, Currency::PLN),
        lang: Lang::EnGb,
        amount_clips: vec![ClipName::new("amount-a").unwrap()],
        funding: FundingGate::Any,
        attempts_before: 0,
    }
}

fn secured(fill: u8) -> Secured {
    Secured { suite: 1, key: MediaKey::new(&[fill; 30]).unwrap() }
}

fn furnish(name: &str, sandbox: &Sandbox, account: Account) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("vault-{name}-{}", std::process::id()));
    fs::create_dir_all(folder.join("prompts/en")).unwrap();
    for clip in CLIPS.split_whitespace() {
        for ending in ["al", "ul"] {
            fs::write(folder.join(format!("prompts/en/{clip}.{ending}")), [0x55; 480]).unwrap();
        }
    }
    fs::write(folder.join("roots.pem"), sandbox.root_pem()).unwrap();
    let key = match account {
        Account::PaymentIntents => "sk_test_sandbox\n".to_owned(),
        Account::PayU { .. } => format!("{}\n{}\n", PAYU_ACCOUNT.0, PAYU_ACCOUNT.1),
    };
    fs::write(folder.join("key"), key).unwrap();
    for open in ["", "prompts", "prompts/en"] {
        fs::set_permissions(folder.join(open), fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

fn start(folder: &std::path::Path, sandbox: &Sandbox, account: Account, link: UnixStream) -> Child {
    // another build of it, such as the one that is shipped, may be named for the test
    let shipped = std::env::var_os("VAULT_BIN");
    let mut command = Command::new(shipped.unwrap_or(env!("CARGO_BIN_EXE_vault").into()));
    let port = sandbox.address().port().to_string();
    command.arg("--prompts").arg(folder.join("prompts"));
    command.arg("--roots").arg(folder.join("roots.pem"));
    command.arg("--credentials").arg(folder.join("key"));
    command.args(["--gateway-name", Sandbox::NAME, "--gateway-port", &port]);
    command.args(["--bind", "127.0.0.1", "--captures", "50"]);
    if let Account::PayU { keyed_cards } = account {
        let allowed = if keyed_cards { "yes" } else { "no" };
        command.args(["--gateway-dialect", "payu", "--keyed-cards", allowed]);
    }
    if rustix::process::getuid().is_root() {
        command.args(["--user", &USER.to_string()]);
    }
    command.stdin(OwnedFd::from(link)).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_clear().spawn().unwrap()
}
