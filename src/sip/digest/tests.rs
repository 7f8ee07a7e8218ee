//! The vectors of RFC 2617 and RFC 7616, and what servers really send.

use super::*;

const QUIET: (&str, &str) = ("Mufasa", "/dir/index.html");

fn response(hash: Hash, realm: &str, password: &str, nonce: &str, cnonce: &str) -> String {
    let ha1 = hash.ha1(QUIET.0, realm, password);
    let asked = Asked {
        algorithm: Algorithm::plain(hash),
        nonce,
        counted: Some((cnonce, 1)),
        method: "GET",
        uri: QUIET.1,
    };
    asked.response(&ha1).to_string()
}

#[test]
fn the_vectors_of_the_rfcs_come_out() {
    let (nonce, cnonce) = (
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    );
    let new = |hash| response(hash, "http-auth@example.org", "Circle of Life", nonce, cnonce);
    assert_eq!(new(Hash::Md5), "8ca523f5e9506fed4657c9700eebdbec");
    assert_eq!(
        new(Hash::Sha256),
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    );
    let old = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
    let response = response(Hash::Md5, "testrealm@host.com", "Circle Of Life", old, "0a4f113b");
    assert_eq!(response, "6629fae49393a05397450978507c4ef1");
}

#[test]
fn several_challenges_are_read_apart_and_foreign_ones_passed_over() {
    let table: [(&str, &[&str]); 9] = [
        (r#"Digest realm="a, \"b\"", nonce="n=,1", qop="auth,auth-int""#, &[r#"a, \"b\" MD5"#]),
        (r#"Digest realm=a, nonce = "1", algorithm=SHA-256, qop=auth"#, &["a SHA-256"]),
        (
            r#"Basic realm="x", Digest realm="a", nonce="1", Negotiate, DIGEST realm="b", nonce="2", algorithm=sha-512-256"#,
            &["a MD5", "b SHA-512-256"],
        ),
        (r#"Digest realm="a", nonce="1", algorithm=AKAv1-MD5"#, &[]),
        (r#"Digest realm="a", nonce="1", qop="auth-int""#, &[]),
        (r#"Digest realm="a", nonce="1", algorithm=MD5-sess"#, &[]),
        (r#"Digest realm="a", nonce="1", algorithm=MD5-sess, qop="auth""#, &["a MD5-sess"]),
        (r#"Digest realm="a""#, &[]),
        ("", &[]),
    ];
    for (field, expected) in table {
        let read: Vec<_> = Challenge::read_all(field.as_bytes())
            .iter()
            .map(|c| format!("{} {}", c.realm, c.algorithm.as_str()))
            .collect();
        assert_eq!(read, expected, "{field}");
    }
}

#[test]
fn an_answer_is_read_as_it_is_written_and_shows_no_response() {
    let mut login = Login::new(Credentials::new("an\"na", "secret-word"));
    let response = "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\
        WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", opaque=\"o\", algorithm=MD5, qop=\"auth\"\r\n\
        WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"\r\n\r\n";
    let message = crate::Message::parse(response.as_bytes()).unwrap();
    login.challenged(&message, 0xabcd).unwrap();
    let headers = login.headers("REGISTER", "sip:r");
    let [(crate::Name::Authorization, text)] = headers.as_slice() else { panic!("{headers:?}") };
    let answer = Answer::read(text.as_bytes()).unwrap();
    assert_eq!((answer.user.as_str(), answer.count), ("an\"na", Some(1)));
    assert_eq!(answer.algorithm, Some(Algorithm::plain(Hash::Sha256)));
    let shown = format!("{answer:?} {login:?} {:?}", Credentials::new("anna", "secret-word"));
    assert!(!shown.contains(&answer.response) && !shown.contains("secret"), "{shown}");
    assert!(login.headers("REGISTER", "sip:r")[0].1.contains("nc=00000002"));
}

#[test]
fn a_refused_password_is_told_from_a_nonce_that_ran_out() {
    let challenge = |stale: &str| {
        format!(
            "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\
             WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"{stale}\r\n\r\n"
        )
    };
    let told = |login: &mut Login, stale: &str| {
        let text = challenge(stale);
        login.challenged(&crate::Message::parse(text.as_bytes()).unwrap(), 1)
    };
    let mut login = Login::new(Credentials::new("anna", "x"));
    assert_eq!(told(&mut login, ""), Ok(()));
    login.headers("REGISTER", "sip:r");
    assert_eq!(told(&mut login, ", stale=true"), Ok(()), "the nonce was too old");
    login.headers("REGISTER", "sip:r");
    login.accepted();
    login.headers("REGISTER", "sip:r");
    assert_eq!(told(&mut login, ""), Ok(()), "a nonce that served before may run out");
    login.headers("REGISTER", "sip:r");
    assert_eq!(told(&mut login, ""), Err(LoginError::WrongPassword));
    let mut endless = Login::new(Credentials::new("anna", "x"));
    for _ in 0..4 {
        assert_eq!(told(&mut endless, ", stale=true"), Ok(()));
        endless.headers("REGISTER", "sip:r");
    }
    assert_eq!(told(&mut endless, ", stale=true"), Err(LoginError::Endless));
    let mut apart = Login::new(Credentials::new("anna", "x").for_realm("another"));
    assert_eq!(told(&mut apart, ""), Err(LoginError::NotForUs));
}
