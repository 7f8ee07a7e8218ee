// JsSIP, the library that browser telephones are made of, with the browser's parts that it needs: sockets from `ws`,
// and a peer connection that only hands out the session descriptions given to it. Prints what happens, a line each.
//
// node phone.js URL SIP-HOST:PORT USER PASSWORD RTP-PORT
'use strict';

const [url, host, user, password, rtpPort] = process.argv.slice(2);
const say = line => process.stdout.write(`${line}\n`);

const plain = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
m=audio ${rtpPort} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n`;
// a codec that no server has, in a browser's wrapping
const foreign = `v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
m=audio 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:8hhY\r\na=ice-pwd:asd88fgpdd777uzjYhagZg12\r\n\
a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\na=setup:actpass\r\na=mid:0\r\na=rtcp-mux\r\n\
a=rtpmap:96 nonsense/90000\r\na=sendrecv\r\n`;
let offer = plain;

class Description {
  constructor({ type, sdp }) { this.type = type; this.sdp = sdp; }
}
class PeerConnection extends EventTarget {
  constructor() { super(); this.iceGatheringState = 'complete'; this.iceConnectionState = 'new'; this.signalingState = 'stable'; }
  async createOffer() { return new Description({ type: 'offer', sdp: offer }); }
  async setLocalDescription(description) { this.localDescription = description; this.signalingState = 'have-local-offer'; }
  async setRemoteDescription(description) { this.remoteDescription = description; this.signalingState = 'stable'; }
  getSenders() { return []; }
  close() { this.signalingState = 'closed'; }
}
globalThis.window = globalThis;
globalThis.WebSocket = require('ws');
globalThis.RTCPeerConnection = PeerConnection;
globalThis.RTCSessionDescription = Description;
const JsSIP = require('jssip');
if (process.env.TRACE) JsSIP.debug.enable('JsSIP:*');

const ua = new JsSIP.UA({
  sockets: [new JsSIP.WebSocketInterface(url)],
  uri: `sip:${user}@${host}`,
  password,
  register_expires: 120,
  connection_recovery_min_interval: 1,
  connection_recovery_max_interval: 2,
});

// Dials; resolves when the call has been answered, to a function that hangs up, or to nothing when it was refused.
const dial = () => new Promise(resolve => {
  const session = ua.call(`sip:hotline@${host}`, { mediaConstraints: { audio: false, video: false } });
  session.on('failed', ({ message, cause }) => {
    const reason = message && (message.getHeader('warning') || message.getHeader('reason') || message.reason_phrase);
    say(`refused ${message ? message.status_code : '-'} ${cause}: ${reason}`);
    resolve();
  });
  session.on('confirmed', ({ originator }) => originator === 'local' && resolve(() => new Promise(over => {
    session.on('ended', () => over());
    session.terminate();
  })));
});

let registrations = 0;
ua.on('registrationFailed', ({ cause }) => say(`not registered: ${cause}`));
ua.on('disconnected', ({ error }) => say(`disconnected${error ? ' by an error' : ''}`));
ua.on('registered', async () => {
  registrations += 1;
  say(`registered ${registrations}`);
  if (registrations > 1) {
    ua.unregister();
    return;
  }
  const hangUp = await dial();
  if (hangUp) {
    say('answered');
    await new Promise(resolve => setTimeout(resolve, 3000));
    await hangUp();
    say('hung up');
  }
  offer = foreign;
  await dial();
  // the connection dies without a word, as it does in a lift
  ua.transport.socket._ws.terminate();
});
ua.on('unregistered', () => {
  if (registrations < 2) return;
  say('unregistered');
  ua.stop();
  setTimeout(() => process.exit(0), 500);
});
ua.start();
