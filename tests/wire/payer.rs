//! A caller who pays: a phone that follows its audio wherever a re-INVITE moves it, a hotline that takes cards,
//! and the acquirer behind it.

use super::canary::Card;
use super::hotline::{BIRTH, CASE, Hotline, PIN, config, import};
use acceptance::bare::clock::{Deadline, now};
use acceptance::bare::phone::{Call, Line};
use acceptance::bare::rtp;
use acceptance::program::{Server, TempDir, follow, sandbox, vault};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Asks for the case and its proof, takes the card, and goes on with a menu.
const FLOW: &str = r##"
flow hotline {
    languages en
    entry ask-case
    on hangup=end error=bye
    ask ask-case {
        prompt verify_case_id
        digits min=6 max=10 first="10s" inter="3s" end="#"
        into case
        tries 3
        found verify; none person; empty person; no-input person; no-match person
    }
    verify verify {
        ask pin birth-date need=2
        ok card; failed person; locked person; empty person; no-input person; no-match person; back ask-case
    }
    pay card {
        amount case.due
        paid main; declined main; cancelled main; unavailable main; unknown main; limit main
        person person; no-input main; no-match main; error main
    }
    menu main { prompt hotline_menu; key 9 main; key 7 main; key "#" bye; key 3 person; key 0 person; no-input bye; no-match bye; tries 3 }
    say person { prompt person_later; then end }
    say bye { prompt goodbye; then end }
}
"##;

/// Whoever waits longer than this waits for ever.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// The user that a vault of root's becomes.
const NOBODY: u32 = 65_534;
/// What a sandbox takes as an account's key.
const KEY: &str = "sk_test_wire\n";

/// A running sandbox; its ledger lies in its folder.
pub struct Acquirer {
    child: Child,
    folder: TempDir,
    address: SocketAddr,
}

impl Acquirer {
    pub fn start() -> Self {
        let folder = TempDir::new("acquirer").unwrap();
        let mut command = Command::new(sandbox());
        command.arg("127.0.0.1:0").arg(folder.path()).arg("--while-stdin");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = follow(child.stdout.take().unwrap());
        let said = lines.recv_timeout(PATIENCE).unwrap();
        let address = said.strip_prefix("listening ").unwrap().parse().unwrap();
        Self { child, folder, address }
    }

    /// One line a charge.
    pub fn ledger(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("sandbox-ledger.txt"));
        text.unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

impl Drop for Acquirer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A hotline that takes cards at this acquirer; `more` are further lines of its configuration.
pub fn till(acquirer: &Acquirer, more: &str) -> Hotline {
    let payments = format!(
        "[payments]\nvault = \"{}\"\ngateway = \"sandbox\"\nurl = \"https://gateway.test:{}\"\n\
         addresses = [\"127.0.0.1\"]\nsecret-file = \"{{dir}}/vault/key\"\n\
         roots-file = \"{}\"\nmoto-ivr-allowed = true\nfunding = \"any\"\ncaptures = 8\n\
         [[numbers]]\ncalled = \"*\"\nflow = \"hotline\"\nlanguage = \"en\"\n",
        vault().display(),
        acquirer.address.port(),
        acquirer.folder.path().join("sandbox-root.pem").display(),
    );
    let config = config("127.0.0.1:0").replace("127.0.0.1:0", "127.0.0.1:0;private");
    let config = config.replace("{top}/dialplans", "{dir}/dialplans") + more + &payments;
    let server = Server::serve_traced(&config, |config| {
        let flows = config.with_file_name("dialplans");
        std::fs::create_dir_all(&flows)?;
        std::fs::write(flows.join("hotline.kdl"), FLOW)?;
        let key = config.with_file_name("vault").join("key");
        std::fs::create_dir_all(key.parent().unwrap())?;
        std::fs::write(&key, KEY)?;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o400))?;
        if rustix::process::geteuid().is_root() {
            chown(&key, Some(NOBODY), None)?;
        }
        import(config)
    });
    Hotline { server: server.unwrap() }
}

/// The process of a hotline's vault, once there is one that is not `before`.
pub fn vault_of(hotline: &Hotline, before: Option<u32>) -> u32 {
    let deadline = Deadline::within(PATIENCE);
    let parent = format!("PPid:\t{}\n", hotline.server.pid());
    loop {
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
            let read = |name: &str| std::fs::read_to_string(entry.path().join(name));
            let ours = read("status")
                .is_ok_and(|s| s.starts_with("Name:\tvault\n") && s.contains(&parent));
            // a vault at work has locked its doors
            let locked = read("status").is_ok_and(|s| s.contains("Seccomp:\t2"));
            if ours && locked && Some(pid) != before {
                return pid;
            }
        }
        assert!(!deadline.passed(), "no vault is started; the log:\n{}", hotline.server.log());
    }
}

/// A card that the sandbox takes and nobody else has: random digits that end in their check digit (Luhn).
pub fn random_card() -> Card {
    let random = RandomState::new().build_hasher().finish();
    let mut number = format!("45{:013}", random % 10_000_000_000_000);
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(n, digit)| {
            let digit = u32::from(digit - b'0') * if n % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    number.push_str(&((10 - sum % 10) % 10).to_string());
    let code = RandomState::new().build_hasher().finish() % 1_000;
    Card { number, expiry: format!("{:02}39", random % 12 + 1), code: format!("{code:03}") }
}

/// A call whose phone answers every re-INVITE and follows.
pub struct Payer {
    pub call: Call,
    /// Where its audio went, move by move.
    pub moves: Vec<SocketAddr>,
    /// Packets that hold more than silence, from where its audio goes now.
    pub spoken: u32,
    pub hung_up: bool,
}

impl Payer {
    /// Dials, proves who it is, and says that the card is at hand: the vault asks for it.
    pub fn at_the_vault(hotline: &Hotline) -> Self {
        let call = hotline.phone(Line::udp(hotline.udp()).unwrap());
        let mut payer = Self { call, moves: Vec::new(), spoken: 0, hung_up: false };
        assert_eq!(payer.call.dial().unwrap().status(), 200);
        payer.say(&format!("{CASE}#"));
        payer.say(&format!("{PIN}#"));
        payer.say(BIRTH);
        payer.say("1");
        payer.until("the audio is moved to the vault", |payer| payer.moves.len() == 1);
        payer.until("the vault speaks", |payer| payer.spoken > 5);
        payer
    }

    /// Hears a prompt to its end and answers.
    pub fn say(&mut self, keys: &str) {
        self.until_quiet();
        self.press(keys);
    }

    /// Keys a whole card; the caller is read its end and the amount.
    pub fn key_card(&mut self, card: &Card) {
        self.press(&format!("{}#", card.number));
        self.press(&card.expiry);
        self.press(&card.code);
    }

    pub fn press(&mut self, keys: &str) {
        for key in keys.chars() {
            for packet in self.call.sender.key(key, 4) {
                self.call.send_audio(&packet).unwrap();
            }
            self.attend(Duration::from_millis(160));
        }
    }

    /// Goes on with the call until this holds.
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Deadline::within(PATIENCE);
        while !holds(self) {
            assert!(
                !deadline.passed(),
                "it never came that {what}; audio moved to {:?}",
                self.moves
            );
            self.attend(Duration::from_millis(20));
        }
    }

    fn until_quiet(&mut self) {
        let (mut last, mut spoken) = (now(), self.spoken);
        let deadline = Deadline::within(PATIENCE);
        while now() - last < Duration::from_millis(900) && !deadline.passed() {
            self.attend(Duration::from_millis(20));
            if self.spoken != spoken {
                (last, spoken) = (now(), self.spoken);
            }
        }
    }

    /// Speaks silence, hears, and answers what comes by signalling.
    pub fn attend(&mut self, time: Duration) {
        let deadline = Deadline::within(time);
        while !deadline.passed() {
            self.call.speak().unwrap();
            let frame = Deadline::within(Duration::from_millis(20));
            while !frame.passed() {
                self.hear(frame.left());
            }
            self.answer();
        }
    }

    fn hear(&mut self, within: Duration) {
        let mut packet = [0; 1_500];
        let wait = within.max(Duration::from_millis(1));
        self.call.audio.set_read_timeout(Some(wait)).unwrap();
        let Ok((length, from)) = self.call.audio.recv_from(&mut packet) else { return };
        let sound = rtp::read(&packet[..length]).filter(|(kind, ..)| *kind == rtp::PCMA);
        let speech = sound.is_some_and(|(.., payload)| payload.iter().any(|b| *b != rtp::SILENCE));
        if speech && Some(from) == self.call.server_audio {
            self.spoken += 1;
        }
    }

    fn answer(&mut self) {
        while let Some(message) = self.call.line.receive(Duration::from_millis(1)).unwrap() {
            let method = message.method().to_owned();
            match (message.status(), method.as_str()) {
                (0, "INVITE") => {
                    let answer = self.call.offer().unwrap();
                    let local = self.call.dialog.local;
                    let ok = message.accept(local, &answer).replace(";tag=bare", "");
                    self.call.line.send(ok).unwrap();
                    let to = message.media().unwrap();
                    if self.call.server_audio.replace(to) != Some(to) {
                        self.moves.push(to);
                        self.spoken = 0;
                    }
                }
                (0, "ACK") | (1.., _) => {}
                (0, _) => {
                    self.hung_up |= method == "BYE";
                    self.call.line.send(message.ok()).unwrap();
                }
            }
        }
    }

    /// Ends the call as the menu offers it.
    pub fn leave(mut self) {
        self.say("#");
        self.until("the hotline says goodbye and hangs up", |payer| payer.hung_up);
    }
}
