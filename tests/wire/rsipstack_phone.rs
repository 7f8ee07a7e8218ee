//! rsipstack's user agent: it logs in, calls, holds and hangs up; and it is a carrier that is called and hung up on.

use super::brief;
use super::hotline::Hotline;
use acceptance::bare::sip::offer;
use rsipstack::EndpointBuilder;
use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, DialogStateSender};
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::dialog::registration::Registration;
use rsipstack::platform::CancellationToken;
use rsipstack::sip::{Method, Scheme, StatusCode, Uri};
use rsipstack::transaction::{Endpoint, TransactionReceiver};
use rsipstack::transport::TransportLayer;
use rsipstack::transport::udp::UdpConnection;
use std::future::Future;
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// A user agent on loopback.
struct Agent {
    endpoint: Endpoint,
    dialogs: Arc<DialogLayer>,
    incoming: TransactionReceiver,
    states: (DialogStateSender, DialogStateReceiver),
    contact: Uri,
    /// Stops it when dropped.
    _stop: rsipstack::platform::CancellationToken,
}

impl Agent {
    async fn start() -> Self {
        let stop = CancellationToken::new();
        let transport = TransportLayer::new(stop.clone());
        let local = "127.0.0.1:0".parse().unwrap();
        let udp = UdpConnection::create_connection(local, None, Some(stop.child_token())).await;
        transport.add_transport(udp.unwrap().into());
        let mut builder = EndpointBuilder::new();
        let endpoint =
            builder.with_cancel_token(stop.clone()).with_transport_layer(transport).build();
        let contact = Uri {
            scheme: Some(Scheme::Sip),
            host_with_port: endpoint.get_addrs().first().unwrap().addr.clone(),
            ..Uri::default()
        };
        let dialogs = Arc::new(DialogLayer::new(endpoint.inner.clone()));
        let serving = endpoint.inner.clone();
        tokio::spawn(async move { serving.serve().await });
        let incoming = endpoint.incoming_transactions().unwrap();
        let states = dialogs.new_dialog_state_channel();
        Self { endpoint, dialogs, incoming, states, contact, _stop: stop }
    }

    fn port(&self) -> u16 {
        self.contact.host_with_port.port.as_ref().map_or(0, |p| p.value())
    }
}

/// Runs one agent's doings to their end.
fn run(doings: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(LONG, doings).await }).expect("done in time");
}

/// An offer or answer whose audio nobody reads.
fn description(direction: &str) -> Vec<u8> {
    let ear = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("{}a={direction}\r\n", offer(ear, ear.port() + 1)).into_bytes()
}

#[test]
fn rsipstack_logs_in_calls_holds_and_hangs_up() {
    let hotline = Hotline::start();
    let password = super::phones::add(&hotline, "anna");
    let server = hotline.udp();
    run(async {
        let agent = Agent::start().await;
        let credential = Credential { username: "anna".into(), password, ..Credential::default() };
        let registrar = Uri::try_from(format!("sip:{server}").as_str()).unwrap();
        let mut registration =
            Registration::new(agent.endpoint.inner.clone(), Some(credential.clone()));
        let response = registration.register(registrar, Some(120)).await.unwrap();
        assert_eq!(response.status_code, StatusCode::OK);

        let invite = InviteOption {
            caller: Uri::try_from(format!("sip:anna@{server}").as_str()).unwrap(),
            callee: Uri::try_from(format!("sip:hotline@{server}").as_str()).unwrap(),
            contact: agent.contact.clone(),
            content_type: Some("application/sdp".into()),
            offer: Some(description("sendrecv")),
            credential: Some(credential),
            ..InviteOption::default()
        };
        let (call, response) = agent.dialogs.do_invite(invite, agent.states.0).await.unwrap();
        assert_eq!(response.unwrap().status_code, StatusCode::OK);
        let sdp = vec![rsipstack::sip::Header::ContentType("application/sdp".into())];
        for (ours, theirs) in [("sendonly", "a=recvonly"), ("sendrecv", "a=sendrecv")] {
            let again = call.reinvite(Some(sdp.clone()), Some(description(ours))).await;
            let answer = again.unwrap().expect("an answer to the re-INVITE");
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status_code, StatusCode::OK, "{body}");
            assert!(body.contains(theirs), "{body}");
        }
        call.bye().await.unwrap();
    });
    super::records::assert_last_call(&hotline, &["sip:anna@", "caller hung up"]);
}

#[test]
fn rsipstack_is_called_by_a_trunk_and_hung_up() {
    run(async {
        let mut agent = Agent::start().await;
        let port = agent.port();
        let calling = tokio::task::spawn_blocking(move || {
            let server = brief::server(&brief::trunk(port, ""));
            brief::call_out(&server);
            super::records::assert_last_call_of(&server, &["answered (200)", "by flow"]);
        });
        let mut left = false;
        while !left {
            let mut transaction = agent.incoming.recv().await.expect("the server calls");
            left = transaction.original.method == Method::Bye;
            if transaction.original.method == Method::Invite {
                let states = agent.states.0.clone();
                let contact = Some(agent.contact.clone());
                let mut call = agent
                    .dialogs
                    .get_or_create_server_invite(&transaction, states, None, contact)
                    .unwrap();
                let answering = call.clone();
                tokio::spawn(async move { call.handle(&mut transaction).await });
                answer(&mut agent.states.1, &answering).await;
            } else if let Some(mut call) = agent.dialogs.match_dialog(&transaction) {
                tokio::spawn(async move { call.handle(&mut transaction).await });
            }
        }
        calling.await.unwrap();
    });
}

/// Rings and answers as soon as the call is there.
async fn answer(
    states: &mut DialogStateReceiver,
    call: &rsipstack::dialog::invite_dialog::InviteDialog,
) {
    while let Some(state) = states.recv().await {
        if matches!(state, DialogState::Calling(_)) {
            break;
        }
    }
    call.ringing(None, None).unwrap();
    let sdp = vec![rsipstack::sip::Header::ContentType("application/sdp".into())];
    call.accept(Some(sdp), Some(description("sendrecv"))).unwrap();
}
