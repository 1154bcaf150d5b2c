import { once } from 'node:events';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { present } from '../../../src/base/invariant';
import { dial, type TlsDialOptions } from '../../../src/net/dial';
import { Listener } from '../../../src/net/listener';
import { SocketTransport } from '../../../src/net/socket-transport';
import type { TlsAcceptorOptions } from '../../../src/net/tls-acceptor';
import { readRevocations, readTlsFiles } from '../../../src/net/tls-files';
import type { Transport } from '../../../src/net/transport';
import { Authority, type CertificateFiles } from '../../support/certificates';
import { cleanUp, temporaryDirectory } from '../../support/program';
import { expectFailure, rejectionOf, thrownBy } from '../helpers/failures';

const HOST = '127.0.0.1';
const TIMEOUT_MS = 5_000;

/** What happened to a transport, in order; its data joined. */
class Watched {
  readonly events: string[] = [];
  received = Buffer.alloc(0);
  drained = 0;
  failure: Error | undefined;
  readonly closed: Promise<void>;
  private wake: () => void = () => undefined;

  constructor(readonly transport: Transport) {
    this.closed = new Promise((resolve) => {
      transport.attach({
        onData: (chunk) => {
          this.received = Buffer.concat([this.received, chunk]);
          this.wake();
        },
        onDrain: () => {
          this.drained++;
          this.wake();
        },
        onEnd: () => this.events.push('end'),
        onClose: (error) => {
          this.failure = error;
          this.events.push('close');
          this.wake();
          resolve();
        },
      });
    });
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.wake = resolve));
  }
}

describe('TLS', () => {
  let ca: Authority;
  let server: CertificateFiles;
  let agency: CertificateFiles;
  let directory: string;
  /** Listeners and sockets to let go of. */
  let open: { close?: () => void; destroy?: () => void }[];
  let failures: string[];
  let onFailure: () => void;
  let accepted: Transport[];
  let onAccepted: () => void;

  before(async () => {
    directory = temporaryDirectory();
    ca = await Authority.create(directory);
    server = await ca.issue('CN=central', { names: [HOST, 'localhost', 'central'] });
    agency = await ca.issue('CN=agency-3');
  });
  after(cleanUp);

  beforeEach(() => {
    open = [];
    failures = [];
    accepted = [];
    onFailure = () => undefined;
    onAccepted = () => undefined;
  });
  afterEach(() => {
    for (const resource of open) {
      resource.close?.();
      resource.destroy?.();
    }
  });

  async function listen(
    options: Partial<TlsAcceptorOptions> = {},
    files: CertificateFiles = server,
  ): Promise<number> {
    const tls: TlsAcceptorOptions = {
      ...readTlsFiles({ ...files, ca: ca.caFile }),
      onFailure: (ip, reason) => {
        failures.push(`${ip} ${reason}`);
        onFailure();
      },
      ...options,
    };
    const listener = await Listener.open({ host: HOST, port: 0, backlog: 64, tls }, (socket) => {
      const transport = new SocketTransport(socket);
      open.push(transport);
      accepted.push(transport);
      onAccepted();
    });
    open.push(listener);
    return listener.port;
  }

  function credentials(
    files: CertificateFiles = agency,
    serverName: string | null = null,
    caFile = ca.caFile,
  ): TlsDialOptions {
    return { ...readTlsFiles({ ...files, ca: caFile }), serverName };
  }

  async function failed(): Promise<string> {
    if (failures.length === 0) await new Promise<void>((resolve) => (onFailure = resolve));
    return failures[0] ?? '';
  }

  async function pair(): Promise<{ client: Watched; central: Watched }> {
    const port = await listen();
    const arrived = new Promise<void>((resolve) => (onAccepted = resolve));
    const transport = await dial(HOST, port, TIMEOUT_MS, { tls: credentials() });
    open.push(transport);
    const client = new Watched(transport);
    await arrived;
    const [peer] = accepted;
    if (peer === undefined) throw new Error('nobody was accepted');
    return { client, central: new Watched(peer) };
  }

  /** A client that is not ours, with whatever it wants. */
  async function connectAs(options: ConnectionOptions): Promise<TLSSocket> {
    const port = await listen();
    const socket = connectTls({ host: HOST, port, ca: readFileSync(ca.caFile), ...options });
    open.push(socket);
    socket.on('error', () => undefined);
    return socket;
  }

  describe('connections', () => {
    it('carry bytes both ways, and the end of each way on its own', async () => {
      const { client, central } = await pair();
      client.transport.write(Buffer.from('question'));
      await central.until(() => central.received.length === 8);
      expect(central.received.toString()).to.equal('question');
      central.transport.write(Buffer.from('answer'));
      central.transport.end();
      await client.until(() => client.events.includes('close'));
      expect(client.received.toString()).to.equal('answer');
      expect(client.events).to.deep.equal(['end', 'close']);
      await central.closed;
      expect(central.events).to.deep.equal(['end', 'close']);
      expect(central.failure).to.equal(undefined);
    });

    it('still deliver answers to a peer that has ended its side', async () => {
      const port = await listen();
      const arrived = new Promise<void>((resolve) => (onAccepted = resolve));
      const { cert, key, ca: authorities } = credentials();
      const options = { host: HOST, port, cert, key, ca: authorities };
      // Missing in Node's types; without it the socket would close on its own.
      const socket = connectTls(Object.assign(options, { allowHalfOpen: true }));
      open.push(socket);
      socket.end('question');
      await arrived;
      const central = new Watched(present(accepted[0], 'accepted'));
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      while (!central.events.includes('end')) await new Promise(setImmediate);
      central.transport.write(Buffer.from('late answer'));
      central.transport.end();
      await once(socket, 'end');
      expect(text).to.equal('late answer');
    });

    it('name who their certificate is for', async () => {
      const { client, central } = await pair();
      expect(central.transport.certifiedName).to.equal('agency-3');
      expect(central.transport.remoteAddress).to.equal(HOST);
      expect(client.transport.certifiedName).to.equal('central');
    });

    it('carry much, whole and in order, to a peer that pauses', async () => {
      const { client, central } = await pair();
      const bytes = Buffer.alloc(8 * 1024 * 1024, 'lotería nacional, ');
      central.transport.pause();
      client.transport.write(bytes);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(central.received.length).to.equal(0);
      expect(client.transport.unsentBytes).to.be.above(0);
      expect(client.drained).to.equal(0);
      central.transport.resume();
      await central.until(() => central.received.length === bytes.length);
      expect(central.received.equals(bytes)).to.equal(true);
      await client.until(() => client.drained > 0);
      expect(client.transport.unsentBytes).to.equal(0);
    });

    it('let their last bytes leave when they are destroyed once sent', async () => {
      const { client, central } = await pair();
      const bytes = Buffer.alloc(1024 * 1024, 'x');
      central.transport.write(bytes);
      central.transport.destroyWhenSent();
      await client.closed;
      expect(client.received.length).to.equal(bytes.length);
    });

    it('end at once when they are destroyed', async () => {
      const { client, central } = await pair();
      client.transport.destroy();
      await client.closed;
      while (central.events.length === 0) await new Promise(setImmediate);
      expect(client.events).to.deep.equal(['close']);
      central.transport.destroy();
      await central.closed;
    });

    it('that ended before anybody was attached say so', async () => {
      const { client } = await pair();
      const port = await listen();
      const transport = await dial(HOST, port, TIMEOUT_MS, { tls: credentials() });
      transport.destroy();
      await new Promise((resolve) => setTimeout(resolve, 20));
      const late = new Watched(transport);
      await late.closed;
      expect(late.events).to.deep.equal(['close']);
      client.transport.destroy();
    });
  });

  describe('central', () => {
    it('refuses a peer without a certificate', async () => {
      await connectAs({});
      expect(await failed()).to.match(/^127\.0\.0\.1 TLS: peer did not return a certificate$/);
      expect(accepted).to.deep.equal([]);
    });

    it('refuses a certificate that has expired', async () => {
      const old = await ca.issue('CN=agency-3', { days: -1 });
      await connectAs({ cert: readFileSync(old.cert), key: readFileSync(old.key) });
      expect(await failed()).to.equal('127.0.0.1 CERT_HAS_EXPIRED');
      expect(accepted).to.deep.equal([]);
    });

    it('refuses a certificate of another authority, were it of the same name', async () => {
      const other = await Authority.create(temporaryDirectory());
      const forged = await other.issue('CN=agency-3');
      await connectAs({ cert: readFileSync(forged.cert), key: readFileSync(forged.key) });
      expect(await failed()).to.match(/^127\.0\.0\.1 [A-Z_]+$/);
      expect(accepted).to.deep.equal([]);
    });

    it("refuses a server's certificate as a client's", async () => {
      await connectAs({ cert: readFileSync(server.cert), key: readFileSync(server.key) });
      expect(await failed()).to.equal('127.0.0.1 INVALID_PURPOSE');
      expect(accepted).to.deep.equal([]);
    });

    it('refuses TLS 1.2', async () => {
      const { cert, key } = credentials();
      await connectAs({ cert, key, maxVersion: 'TLSv1.2' });
      expect(await failed()).to.equal('127.0.0.1 TLS: unsupported protocol');
      expect(accepted).to.deep.equal([]);
    });

    it('looks at the certificate of whoever comes back with the session of before', async () => {
      const short = await ca.issue('CN=agency-3', { days: 3 / 86_400 });
      const port = await listen();
      const files = { cert: readFileSync(short.cert), key: readFileSync(short.key) };
      const options = { host: HOST, port, ca: readFileSync(ca.caFile), ...files };
      const sessions: Buffer[] = [];
      const visit = async (session?: Buffer): Promise<boolean> => {
        const socket = connectTls({ ...options, ...(session === undefined ? {} : { session }) });
        open.push(socket);
        socket.on('error', () => undefined);
        socket.on('session', (ticket: Buffer) => sessions.push(ticket));
        await once(socket, 'secureConnect');
        const arrived = accepted.length;
        while (accepted.length === arrived && failures.length === 0) {
          await new Promise(setImmediate);
        }
        const reused = socket.isSessionReused();
        accepted.at(-1)?.write(Buffer.from('x'));
        if (failures.length === 0) await once(socket, 'data');
        socket.destroy();
        return reused;
      };
      expect(await visit()).to.equal(false);
      expect(await visit(sessions.at(-1))).to.equal(false);
      const expiresMs = Date.parse(new X509Certificate(files.cert).validTo);
      while (Date.now() <= expiresMs + 1000) await new Promise((done) => setTimeout(done, 100));
      const before = accepted.length;
      await visit(sessions.at(-1));
      expect(failures).to.deep.equal(['127.0.0.1 CERT_HAS_EXPIRED']);
      expect(accepted.length).to.equal(before);
    });

    it('refuses a certificate that was revoked, and takes the others', async () => {
      const lost = await ca.issue('CN=agency-3');
      const crl = readRevocations(await ca.revoke([lost]));
      const port = await listen({ crl });
      const visit = (files: CertificateFiles): TLSSocket => {
        const { cert, key, ca: authorities } = credentials(files);
        const socket = connectTls({ host: HOST, port, cert, key, ca: authorities });
        open.push(socket);
        socket.on('error', () => undefined);
        return socket;
      };
      visit(lost);
      expect(await failed()).to.equal('127.0.0.1 CERT_REVOKED');
      expect(accepted).to.deep.equal([]);
      const arrived = new Promise<void>((resolve) => (onAccepted = resolve));
      visit(agency);
      await arrived;
    });

    it('refuses everybody when a newer list of revocations is overdue', async () => {
      const port = await listen({ crl: readRevocations(await ca.revoke([], -1)) });
      const { cert, key, ca: authorities } = credentials();
      const socket = connectTls({ host: HOST, port, cert, key, ca: authorities });
      open.push(socket);
      socket.on('error', () => undefined);
      expect(await failed()).to.equal('127.0.0.1 CRL_HAS_EXPIRED');
    });

    it('takes every list of a file, one for each authority', async () => {
      const other = await Authority.create(temporaryDirectory(), 'another');
      const lost = await ca.issue('CN=agency-3');
      const lists = [await other.revoke([]), await ca.revoke([lost])];
      const path = join(directory, 'lists.pem');
      writeFileSync(path, lists.map((list) => readFileSync(list, 'utf8')).join('\n'));
      expect(readRevocations(path)).to.have.lengthOf(2);
      const port = await listen({ crl: readRevocations(path) });
      const { cert, key, ca: authorities } = credentials(lost);
      const socket = connectTls({ host: HOST, port, cert, key, ca: authorities });
      open.push(socket);
      socket.on('error', () => undefined);
      expect(await failed()).to.equal('127.0.0.1 CERT_REVOKED');
    });

    it('names a file of revocations that it cannot use', async () => {
      const good = readFileSync(await ca.revoke([]), 'utf8');
      const path = join(directory, 'bad.pem');
      const broken = good.replace(/\n[A-Za-z0-9+/]{40}/, '\n');
      const cut = good + good.slice(0, good.length / 2);
      const authority = readFileSync(ca.caFile, 'utf8');
      for (const text of ['', 'no list', authority, broken, good + broken, cut]) {
        writeFileSync(path, text);
        const read = (): void => {
          readRevocations(path);
        };
        expectFailure(thrownBy(read), 'CONFIG_INVALID', path);
      }
      const missing = (): void => {
        readRevocations(join(directory, 'missing.pem'));
      };
      expectFailure(thrownBy(missing), 'CONFIG_UNREADABLE', 'missing.pem');
    });

    it('takes TLS 1.3 for what it is', async () => {
      const { cert, key } = credentials();
      const socket = await connectAs({ cert, key });
      await once(socket, 'secureConnect');
      expect(socket.getProtocol()).to.equal('TLSv1.3');
    });

    for (const [name, bytes] of [
      ['plain bytes', Buffer.from([0xa5, 0x4c, 0x4e, 0x01, 0, 10, 1, 0, 0, 0, 0, 3, 0, 0])],
      ['half a record and the end', Buffer.from([0x16, 0x03, 0x01, 0x10, 0x00, 1])],
    ] as const) {
      it(`survives ${name} where a handshake should be`, async () => {
        const port = await listen({ handshakeTimeoutMs: 500 });
        const socket = connect({ host: HOST, port });
        open.push(socket);
        socket.on('error', () => undefined);
        socket.end(bytes);
        expect(await failed()).to.match(/^127\.0\.0\.1 .+/);
        const transport = await dial(HOST, port, TIMEOUT_MS, { tls: credentials() });
        open.push(transport);
      });
    }

    it('drops a handshake that takes too long, however busy it looks', async () => {
      const port = await listen({ handshakeTimeoutMs: 300 });
      const socket = connect({ host: HOST, port });
      open.push(socket);
      socket.on('error', () => undefined);
      const drip = setInterval(() => {
        if (!socket.destroyed) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x10, 0x00, 1, 1]));
      }, 50);
      open.push({
        close: () => {
          clearInterval(drip);
        },
      });
      // The reset may come before the close; `once` would take it for a failure.
      await new Promise((resolve) => {
        socket.once('close', resolve);
      });
      expect(failures).to.have.length(1);
      expect(failures[0]).to.match(/^127\.0\.0\.1 TLS: .+/);
    });

    it('drops a peer that never says a word', async () => {
      const port = await listen({ handshakeTimeoutMs: 100 });
      const socket = connect({ host: HOST, port });
      open.push(socket);
      socket.resume();
      await once(socket, 'close');
      expect(failures).to.deep.equal(['127.0.0.1 TLS: TLS handshake timeout']);
    });

    it('has a bounded number of handshakes under way: a new one takes the place of the oldest', async () => {
      const port = await listen({ handshakesMax: 2 });
      const idle: Socket[] = [];
      for (let i = 0; i < 3; i++) {
        const socket = connect({ host: HOST, port });
        open.push(socket);
        idle.push(socket);
        socket.on('error', () => undefined);
        socket.resume();
        await once(socket, 'connect');
      }
      const state = (): boolean[] => idle.map(({ destroyed }) => destroyed);
      await once(present(idle[0], 'idle'), 'close');
      expect(state()).to.deep.equal([true, false, false]);
      const transport = await dial(HOST, port, TIMEOUT_MS, { tls: credentials() });
      open.push(transport);
      if (!idle[1]?.destroyed) await once(present(idle[1], 'idle'), 'close');
      expect(state()).to.deep.equal([true, true, false]);
    });

    it('counts a handshake no more once it is over', async () => {
      const port = await listen({ handshakesMax: 2 });
      const socket = connect({ host: HOST, port });
      open.push(socket);
      socket.on('error', () => undefined);
      socket.resume();
      await once(socket, 'connect');
      for (let i = 0; i < 5; i++) {
        open.push(await dial(HOST, port, TIMEOUT_MS, { tls: credentials() }));
        while (accepted.length <= i) await new Promise(setImmediate);
      }
      expect(socket.destroyed).to.equal(false);
    });

    it('drops handshakes under way when it closes', async () => {
      const port = await listen();
      const socket = connect({ host: HOST, port });
      open.push(socket);
      socket.on('error', () => undefined);
      socket.resume();
      await once(socket, 'connect');
      await new Promise((resolve) => setTimeout(resolve, 20));
      open[0]?.close?.();
      await once(socket, 'close');
    });
  });

  describe('agency', () => {
    async function refusal(
      options: TlsDialOptions,
      files: CertificateFiles = server,
    ): Promise<string> {
      const port = await listen({}, files);
      return String(await rejectionOf(dial(HOST, port, TIMEOUT_MS, { tls: options })));
    }

    it('refuses a central of another authority', async () => {
      const other = await Authority.create(temporaryDirectory(), 'another');
      const text = await refusal(credentials(agency, null, other.caFile));
      expect(text).to.match(/TLS: (unable to|self-signed).*certificate/);
    });

    it('refuses a central with an expired certificate', async () => {
      const old = await ca.issue('CN=central', { names: [HOST], days: -1 });
      expect(await refusal(credentials(), old)).to.include('TLS: certificate has expired');
    });

    it('refuses a central of another name', async () => {
      const text = await refusal(credentials(agency, 'elsewhere'));
      expect(text).to.include('TLS: ').and.include('elsewhere');
    });

    it('refuses an agency that poses as the central', async () => {
      const text = await refusal(credentials(), agency);
      expect(text).to.match(/TLS: .+/);
    });

    it('takes the central by the name that the settings say', async () => {
      const port = await listen();
      open.push(await dial(HOST, port, TIMEOUT_MS, { tls: credentials(agency, 'central') }));
    });

    it('says that a plain central speaks no TLS', async () => {
      const listener = await Listener.open({ host: HOST, port: 0, backlog: 5 }, (socket) => {
        open.push(socket);
        socket.once('data', () => socket.end('\0\x0c\xff\0not TLS'));
      });
      open.push(listener);
      const error = await rejectionOf(
        dial(HOST, listener.port, TIMEOUT_MS, { tls: credentials() }),
      );
      expect(String(error)).to.include('TLS: wrong version number (the other side does not speak');
    });

    it('says what the system says when nobody listens', async () => {
      const port = await listen();
      open[0]?.close?.();
      const error = await rejectionOf(dial(HOST, port, TIMEOUT_MS, { tls: credentials() }));
      expect(error).to.have.property('code', 'ECONNREFUSED');
    });

    it('gives up on a central that accepts and says nothing', async () => {
      const listener = await Listener.open({ host: HOST, port: 0, backlog: 5 }, (socket) => {
        open.push(socket);
      });
      open.push(listener);
      const error = await rejectionOf(dial(HOST, listener.port, 100, { tls: credentials() }));
      expect(String(error)).to.include('no answer within 100 ms');
    });
  });
});
