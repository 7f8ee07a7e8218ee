//! Trunks on real sockets: sipp is the carrier, a small name server answers for it.

use super::hotline::{config, make_certificates};
use super::records::assert_last_call_of;
use acceptance::bare::clock::Deadline;
use acceptance::house;
use acceptance::program::{Server, TempDir, parley};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A carrier: sipp with one scenario, for one call.
pub(super) struct Carrier {
    child: Child,
    pub(super) port: u16,
    dir: TempDir,
}

impl Carrier {
    pub(super) fn start(scenario: &str) -> Self {
        Self::start_with(scenario, &[])
    }

    /// With further options of sipp.
    pub(super) fn start_with(scenario: &str, more: &[&str]) -> Self {
        let port = free_port();
        let dir = TempDir::new("carrier").unwrap();
        let script = house::top().join("tests/sipp").join(format!("{scenario}.xml"));
        let child = Command::new("sipp")
            .args(["-sf", &script.to_string_lossy(), "-i", "127.0.0.1", "-mi", "127.0.0.1"])
            .args(["-p", &port.to_string(), "-mp", &free_port().to_string(), "-m", "1"])
            .args(["-nostdin", "-trace_err", "-error_file", "errors"])
            .args(["-timeout", "150", "-timeout_error"])
            .args(more)
            .env("TERM", "dumb")
            .current_dir(dir.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("sipp cannot be started ({e}); install sip-tester"));
        Self { child, port, dir }
    }

    /// Waits until sipp is content.
    pub(super) fn done(mut self) {
        let status = self.child.wait().unwrap();
        let errors = std::fs::read_to_string(self.dir.path().join("errors")).unwrap_or_default();
        assert!(status.success(), "the carrier ended with {status}:\n{errors}");
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        // Already gone where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).map_or(0, |a| a.port())
}

/// A server with this trunk; `more` are lines of its table.
fn server(more: &str) -> Server {
    let trunk = format!("[[trunks]]\nname = \"carrier\"\n{more}\n");
    Server::serve_with(&format!("{}\n{trunk}", config("127.0.0.1:0")), |_| Ok(())).unwrap()
}

/// What a command of parley prints, and whether it was content.
fn command(server: &Server, words: &[&str]) -> (String, bool) {
    let config = server.dir().join("parley.toml");
    let out = Command::new(parley()).args(words).arg("--config").arg(config).output().unwrap();
    let text =
        String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    (text, out.status.success())
}

/// Waits until `parley trunks` shows this.
fn shows(server: &Server, words: &[&str]) {
    let deadline = Deadline::within(Duration::from_secs(20));
    loop {
        let (page, _) = command(server, &["trunks"]);
        if words.iter().all(|w| page.contains(w)) {
            return;
        }
        assert!(!deadline.passed(), "no {words:?} in:\n{page}");
    }
}

#[test]
fn a_call_goes_past_a_full_carrier_to_one_that_asks_who_we_are() {
    let (full, good) = (Carrier::start("carrier_503"), Carrier::start("carrier_answers"));
    let secret = TempDir::new("secret").unwrap();
    let file = secret.path().join("secret");
    std::fs::write(&file, "hush-hush\n").unwrap();
    let server = server(&format!(
        "targets = [\"sip:127.0.0.1:{}\", \"sip:127.0.0.1:{}\"]\noptions = false\n\
         user = \"firm\"\nsecret-file = {file:?}\ndomain = \"carrier.example\"\n\
         number-format = \"00\"\nprivate = true\ncaller-ids = [\"+48221234567\"]\n",
        full.port, good.port,
    ));
    shows(&server, &["carrier", "up", "127.0.0.1"]);
    let (said, content) = command(&server, &["trunks", "call", "auto", "+48600100200"]);
    assert!(content && said.contains("it rings") && said.contains("answered"), "{said}");
    full.done();
    good.done();
    let shown =
        assert_last_call_of(&server, &["answered 503 (503)", "answered (200)", "said in_greeting"]);
    assert!(shown.contains("+48600100200") && !shown.contains("hush-hush"), "{shown}");
    shows(&server, &["again in", "answered 503"]);
    let log = server.dir();
    for entry in std::fs::read_dir(log).unwrap().flatten() {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        let found = bytes.windows(9).any(|w| w == b"hush-hush");
        assert!(!found, "the secret stands in {}", entry.path().display());
    }
}

#[test]
fn a_carrier_that_wants_a_registration_gets_one_at_the_start() {
    let carrier = Carrier::start("carrier_registrar");
    let secret = TempDir::new("secret").unwrap();
    let file = secret.path().join("secret");
    std::fs::write(&file, "hush-hush\n").unwrap();
    let server = server(&format!(
        "targets = [\"sip:127.0.0.1:{}\"]\noptions = false\nuser = \"firm\"\n\
         secret-file = {file:?}\nregister = true\n",
        carrier.port
    ));
    shows(&server, &["carrier", "up", "yes"]);
    carrier.done();
}

#[test]
fn a_carrier_that_is_not_there_is_said_to_be_down_and_calls_say_so() {
    let server = server(&format!("targets = [\"sip:127.0.0.1:{}\"]\n", free_port()));
    let (said, content) = command(&server, &["trunks", "call", "carrier", "+48600100200"]);
    assert!(!content && said.contains("not answered"), "{said}");
    let (said, content) = command(&server, &["trunks", "call", "other", "+48600100200"]);
    assert!(!content && said.contains("there is no trunk \"other\""), "{said}");
    let (said, content) = command(&server, &["trunks", "call", "auto", "112"]);
    assert!(!content && said.contains("write it in E.164"), "{said}");
}

#[test]
fn the_control_socket_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let server = server("sources = [\"192.0.2.0/24\"]\n");
    let socket = server.dir().join("parley.sock");
    assert_eq!(std::fs::metadata(socket).unwrap().permissions().mode() & 0o777, 0o600);
    shows(&server, &["carrier", "up"]);
}

#[test]
fn a_call_from_a_trunks_address_leaves_the_trunks_name_in_its_record() {
    let trunk = "[[trunks]]\nname = \"inward\"\nsources = [\"127.0.0.0/8\"]\n";
    let server =
        Server::serve_with(&format!("{}\n{trunk}", config("127.0.0.1:0")), |_| Ok(())).unwrap();
    super::sipp::run("basic", server.udp(), &["-m", "1"]);
    assert_last_call_of(&server, &["inward"]);
}

/// A server of ours that calls another one of ours over TLS, with the certificate from this directory.
fn tls_customer(carrier: &Server, certificates: &Path) -> Server {
    let authority = carrier.dir().join("certs/authority.pem");
    let pair = ["server.pem", "server.key"].map(|file| certificates.join(file));
    let at = carrier.text("sip_tls");
    let tls = format!(
        "[tls]\ncertificate = {:?}\nkey = {:?}\nca = {authority:?}\n\
         [[trunks]]\nname = \"carrier\"\ntargets = [\"sips:{at}\"]\n",
        pair[0], pair[1]
    );
    Server::serve_with(&(config("127.0.0.1:0") + &tls), |_| Ok(())).unwrap()
}

#[test]
fn a_carrier_over_tls_takes_our_certificate_and_refuses_one_of_a_wrong_authority() {
    let settings = config("127.0.0.1:0")
        .replace("listen = [", "listen = [\"tls:127.0.0.1:0;client-certificate=required\", ");
    let tls = "[tls]\ncertificate = \"{dir}/certs/server.pem\"\nkey = \"{dir}/certs/server.key\"\n\
               client-ca = \"{dir}/certs/authority.pem\"\n";
    let carrier = Server::serve_with(&(settings + tls), |config| {
        make_certificates(&config.with_file_name("certs"));
        Ok(())
    });
    let carrier = carrier.unwrap();

    let other = TempDir::new("other-authority").unwrap();
    make_certificates(&other.path().join("certs"));
    let stranger = tls_customer(&carrier, &other.path().join("certs"));
    let call = ["trunks", "call", "carrier", "+48600100200"];
    let (said, content) = command(&stranger, &call);
    assert!(!content && said.contains("not answered"), "{said}");
    let (page, _) = command(&stranger, &["trunks"]);
    assert!(!page.contains(" up"), "it was let in:\n{page}");
    let (calls, _) = command(&carrier, &["calls", "list"]);
    assert!(calls.contains("no calls on record"), "{calls}");

    let known = tls_customer(&carrier, &carrier.dir().join("certs"));
    shows(&known, &["carrier", "up"]);
    let (said, content) = command(&known, &call);
    assert!(content && said.contains("the flow speaks"), "{said}");
}

/// Answers for `carrier.test`: NAPTR to SRV to this port of 127.0.0.1; ends with the test.
fn name_server(port: u16) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 1_500];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let answer = dns_answer(&buffer[..length], port);
            let _ = socket.send_to(&answer, from);
        }
    });
    at
}

fn dns_answer(query: &[u8], port: u16) -> Vec<u8> {
    // RFC 1035 section 4: a head of 12 bytes, the name as labels, type and class.
    let name_end = 12 + query[12..].iter().position(|b| *b == 0).unwrap() + 1;
    let question = &query[12..name_end + 4];
    let kind = u16::from_be_bytes([query[name_end], query[name_end + 1]]);
    let name = |text: &str| -> Vec<u8> {
        let labels = text
            .split('.')
            .flat_map(|l| std::iter::once(l.len() as u8).chain(l.bytes()).collect::<Vec<_>>());
        labels.chain([0]).collect()
    };
    let text =
        |text: &str| -> Vec<u8> { std::iter::once(text.len() as u8).chain(text.bytes()).collect() };
    let data: Option<Vec<u8>> = match kind {
        35 => Some(
            [
                vec![0, 10, 0, 10],
                text("s"),
                text("SIP+D2U"),
                text(""),
                name("_sip._udp.carrier.test"),
            ]
            .concat(),
        ),
        33 => {
            Some([vec![0, 1, 0, 1], port.to_be_bytes().to_vec(), name("sbc.carrier.test")].concat())
        }
        1 => Some(vec![127, 0, 0, 1]),
        _ => None,
    };
    let count = u8::from(data.is_some());
    let mut answer = query[..2].to_vec();
    answer.extend([0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0]);
    answer.extend(question);
    if let Some(data) = data {
        answer.extend([0xC0, 12]);
        answer.extend(kind.to_be_bytes());
        answer.extend([0, 1, 0, 0, 0, 60]);
        answer.extend((data.len() as u16).to_be_bytes());
        answer.extend(data);
    }
    answer
}

#[test]
fn a_carriers_name_leads_by_naptr_and_srv_to_its_address() {
    let port = free_port();
    let names = name_server(port);
    let text = format!(
        "{}\n[dns]\nservers = [\"{names}\"]\n[[trunks]]\nname = \"named\"\ntargets = [\"sip:carrier.test\"]\n",
        config("127.0.0.1:0")
    );
    let server = Server::serve_with(&text, |_| Ok(())).unwrap();
    shows(&server, &["named", &format!("UDP 127.0.0.1:{port}")]);
}
