// A real Chromium calls over a secure WebSocket with JsSIP, hears a prompt, and presses keys. The page is served by
// the driver under the server's own address, so that it is of the same origin. Prints what happens, a line each.
//
// node call.js SIP-HOST:PORT USER PASSWORD CERTIFICATE KEYS
// node call.js SIP-HOST:PORT USER PASSWORD CERTIFICATE KEYS opus   offers nothing but Opus
// node call.js SIP-HOST:PORT USER PASSWORD CERTIFICATE liar   names another certificate than its own, and is hung up on
'use strict';

const fs = require('fs');
const { createHash, X509Certificate } = require('crypto');
const { createRequire } = require('module');
const { chromium } = require('playwright-core');

const [host, user, password, certificate, keys, codec] = process.argv.slice(2);
// the one server that the browser shall believe
const key = new X509Certificate(fs.readFileSync(certificate)).publicKey.export({ type: 'spki', format: 'der' });
const spki = createHash('sha256').update(key).digest('base64');
const say = line => process.stdout.write(`${line}\n`);
const page = `<!doctype html><meta charset=utf-8><title>call</title><script src=/jssip.js></script>`;

// JsSIP and all it requires as one script, since it comes as CommonJS modules.
const bundle = () => {
  const modules = new Map();
  const add = file => {
    if (modules.has(file)) return;
    modules.set(file, '');
    const source = fs.readFileSync(file, 'utf8');
    const near = createRequire(file);
    const names = file.endsWith('.json') ? [] : [...source.matchAll(/require\(['"]([^'"]+)['"]\)/g)].map(m => m[1]);
    // `debug` has a part for browsers
    const found = names.map(name => [name, near.resolve(name === 'debug' ? 'debug/src/browser.js' : name === 'events' ? 'events/' : name)]);
    const body = file.endsWith('.json') ? `module.exports = ${source}` : source;
    modules.set(file, `[${JSON.stringify(Object.fromEntries(found))}, function (require, module, exports) {${body}\n}]`);
    found.forEach(([, path]) => add(path));
  };
  const first = require.resolve('jssip');
  add(first);
  const table = [...modules].map(([file, source]) => `${JSON.stringify(file)}: ${source}`).join(',\n');
  return `(() => { const table = {${table}}, made = {};
    const load = file => {
      if (made[file]) return made[file].exports;
      const [names, body] = table[file], module = made[file] = { exports: {} };
      body(name => load(names[name]), module, module.exports);
      return module.exports;
    };
    window.JsSIP = load(${JSON.stringify(first)}); })();`;
};

// Runs in the page: dials, and then does what the driver asks.
const phone = ({ host, user, password, lies, codec }) => new Promise(resolve => {
  // leaves the codec and the keys in its clock in an offer, and nothing else
  const only = sdp => {
    const types = [...sdp.matchAll(/^a=rtpmap:(\d+) (\S+)/gm)]
      .filter(([, , name]) => name.startsWith(`${codec}/48000`) || name === 'telephone-event/48000')
      .map(([, type]) => type);
    const foreign = line => {
      const about = line.match(/^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /);
      return about && !types.includes(about[1]);
    };
    return sdp.split('\r\n').filter(line => !foreign(line)).join('\r\n')
      .replace(/^(m=audio \d+ \S+) .*$/m, `$1 ${types.join(' ')}`);
  };
  const ua = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(`wss://${host}`)],
    uri: `sip:${user}@${host}`,
    password,
  });
  const dial = () => {
    const session = ua.call(`sip:hotline@${host}`, {
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: [] },
    });
    window.session = session;
    session.on('sdp', description => {
      const other = Array(32).fill('5A').join(':');
      if (codec && description.originator === 'local') description.sdp = only(description.sdp);
      if (lies && description.originator === 'local')
        description.sdp = description.sdp.replace(/a=fingerprint:sha-256 .*/, `a=fingerprint:sha-256 ${other}`);
    });
    session.on('failed', ({ cause, message }) => resolve(`failed: ${cause} ${message && message.reason_phrase || ''}`));
    session.on('ended', ({ cause }) => { window.over = cause; });
    session.connection.addEventListener('track', ({ track }) => {
      const stream = new MediaStream([track]);
      // a remote stream flows once an element plays it
      const element = new Audio();
      element.srcObject = stream;
      element.play();
      const context = new AudioContext();
      const analyser = context.createAnalyser();
      context.createMediaStreamSource(stream).connect(analyser);
      const samples = new Float32Array(analyser.fftSize);
      window.heard = window.heard || [];
      clearInterval(window.listening);
      window.listening = setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
        window.heard.push(10 * Math.log10(power + 1e-10));
      }, 40);
    });
    session.on('confirmed', () => resolve('answered'));
  };
  ua.on('registered', dial);
  ua.on('registrationFailed', ({ cause }) => resolve(`not registered: ${cause}`));
  ua.start();
});

// Runs in the page: what was received until now.
const figures = async () => {
  const report = [...(await window.session.connection.getStats()).values()];
  const find = type => report.find(entry => entry.type === type) || {};
  const inbound = report.find(entry => entry.type === 'inbound-rtp' && entry.kind === 'audio') || {};
  const transport = find('transport');
  const codec = report.find(entry => entry.id === inbound.codecId) || {};
  const loud = (window.heard || []).filter(level => level > -45);
  return {
    packets: inbound.packetsReceived || 0,
    lost: inbound.packetsLost || 0,
    codec: codec.mimeType,
    dtls: transport.dtlsState,
    version: transport.tlsVersion,
    role: transport.dtlsRole,
    srtp: transport.srtpCipher,
    ice: transport.iceState,
    // seconds with sound, and how loud it was
    heard: loud.length * 0.04,
    level: loud.length ? 10 * Math.log10(loud.reduce((sum, db) => sum + 10 ** (db / 10), 0) / loud.length) : null,
  };
};

// Runs in the page, until enough was heard.
const press = keys => window.session.sendDTMF(keys, {
  duration: 120, interToneGap: 120, transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833,
});

// Asks the page again and again until it says yes.
const until = async (tab, what, arg) => {
  await tab.waitForFunction(what, arg, { timeout: 40000, polling: 200 });
};

// Until that many seconds of sound were heard.
const more = (tab, seconds) =>
  until(tab, seconds => window.heard.filter(level => level > -45).length * 0.04 > seconds, seconds);

(async () => {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
      '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
      '--allow-loopback-in-peer-connection', '--disable-features=LocalNetworkAccessChecks,WebRtcHideLocalIpsWithMdns',
      `--ignore-certificate-errors-spki-list=${spki}`,
    ],
  });
  try {
    const tab = await (await browser.newContext({ permissions: ['microphone'] })).newPage();
    if (process.env.TRACE) tab.on('console', message => say(`page: ${message.text()}`));
    const jssip = bundle();
    await tab.route('**/*', route => route.request().url().endsWith('/jssip.js')
      ? route.fulfill({ contentType: 'text/javascript', body: jssip })
      : route.fulfill({ contentType: 'text/html', body: page }));
    await tab.goto(`https://${host}/`);
    const lies = keys === 'liar';
    const how = await tab.evaluate(phone, { host, user, password, lies, codec });
    say(how);
    if (how !== 'answered') throw new Error(how);
    if (lies) {
      await until(tab, () => window.over);
      say(`over ${JSON.stringify(await tab.evaluate(() => (window.heard || []).filter(level => level > -60).length))}`);
      return;
    }
    await until(tab, () => (window.heard || []).filter(level => level > -45).length > 50);
    say(`heard ${JSON.stringify(await tab.evaluate(figures))}`);
    await tab.evaluate(press, keys);
    say('pressed');
    const before = (await tab.evaluate(figures)).heard;
    await more(tab, before + 3);
    say(`then ${JSON.stringify(await tab.evaluate(figures))}`);
    await tab.evaluate(() => new Promise(done => { window.session.once('hold', done); window.session.hold(); }));
    await until(tab, () => window.session.connection.currentRemoteDescription.sdp.includes('a=recvonly'));
    say('held');
    const silent = (await tab.evaluate(figures)).heard;
    await tab.evaluate(() => new Promise(done => { window.session.once('unhold', done); window.session.unhold(); }));
    await more(tab, silent + 1);
    say(`resumed ${JSON.stringify(await tab.evaluate(figures))}`);
    await tab.evaluate(() => new Promise(done => { window.session.on('ended', done); window.session.terminate(); }));
    say('hung up');
  } finally {
    await browser.close();
  }
})().catch(error => { say(`fault: ${error && error.stack}`); process.exitCode = 1; });
