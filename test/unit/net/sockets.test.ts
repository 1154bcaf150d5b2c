import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { dial } from '../../../src/net/dial';
import { Listener } from '../../../src/net/listener';
import { remoteAddressOf } from '../../../src/net/socket-transport';
import type { Transport } from '../../../src/net/transport';
import { expectFailure, rejectionOf } from '../helpers/failures';

const HOST = '127.0.0.1';

/** What happened to a transport, in order. */
function eventsOf(transport: Transport): { readonly events: string[]; closed: Promise<void> } {
  const events: string[] = [];
  const closed = new Promise<void>((resolve) => {
    transport.attach({
      onData: (chunk) => events.push(`data ${chunk.toString()}`),
      onDrain: () => events.push('drain'),
      onEnd: () => events.push('end'),
      onClose: (error) => {
        events.push(error === undefined ? 'close' : 'failed');
        resolve();
      },
    });
  });
  return { events, closed };
}

describe('sockets', () => {
  let server: Server;
  let port: number;
  let accepted: Promise<Socket>;

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true });
    accepted = once(server, 'connection').then(([socket]) => socket as Socket);
    server.listen(0, HOST);
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  afterEach(() => {
    server.close();
  });

  it('carry bytes both ways, and the end of each way', async () => {
    const transport = await dial(HOST, port, 1_000);
    const { events, closed } = eventsOf(transport);
    const peer = await accepted;
    transport.write(Buffer.from('question'));
    const [question] = (await once(peer, 'data')) as [Buffer];
    peer.end('answer');
    await once(peer, 'finish');
    transport.end();
    await closed;
    expect(question.toString()).to.equal('question');
    expect(events).to.deep.equal(['data answer', 'end', 'close']);
    expect(transport.unsentBytes).to.equal(0);
  });

  it('deliver nothing while they are paused', async () => {
    const transport = await dial(HOST, port, 1_000);
    const { events, closed } = eventsOf(transport);
    transport.pause();
    const peer = await accepted;
    peer.end('late');
    await once(peer, 'finish');
    expect(events).to.deep.equal([]);
    transport.resume();
    transport.end();
    await closed;
    expect(events).to.deep.equal(['data late', 'end', 'close']);
  });

  it('let their last bytes leave when they are destroyed once sent', async () => {
    const transport = await dial(HOST, port, 1_000);
    const { closed } = eventsOf(transport);
    const peer = await accepted;
    transport.write(Buffer.from('last word'));
    transport.destroyWhenSent();
    const [word] = (await once(peer, 'data')) as [Buffer];
    await closed;
    peer.destroy();
    expect(word.toString()).to.equal('last word');
  });

  it('say once that they failed', async () => {
    const transport = await dial(HOST, port, 1_000);
    const { events, closed } = eventsOf(transport);
    (await accepted).resetAndDestroy();
    await closed;
    expect(events).to.deep.equal(['failed']);
  });

  it('name an IPv4 peer of a listener for both without its prefix', () => {
    expect(remoteAddressOf({ remoteAddress: '::ffff:10.1.2.3' })).to.equal('10.1.2.3');
    expect(remoteAddressOf({ remoteAddress: undefined })).to.equal('');
  });

  it('dial says why nobody answers', async () => {
    server.close();
    await once(server, 'close');
    const error = await rejectionOf(Promise.resolve(dial(HOST, port, 1_000)));
    expect(error).to.have.property('code', 'ECONNREFUSED');
  });

  it('dial ends at once when it is stopped, on its way and afterwards', async () => {
    const early = new AbortController();
    const stopped = dial(HOST, port, 60_000, { stop: early.signal });
    early.abort();
    expect(await rejectionOf(Promise.resolve(stopped))).to.have.property('name', 'AbortError');

    const late = new AbortController();
    const { events, closed } = eventsOf(await dial(HOST, port, 60_000, { stop: late.signal }));
    late.abort();
    await closed;
    expect(events).to.deep.equal(['failed']);
  });

  it('Listener takes connections until it is closed', async () => {
    const sockets: Socket[] = [];
    const listener = await Listener.open({ host: HOST, port: 0, backlog: 5 }, (socket) => {
      sockets.push(socket);
    });
    const transport = await dial(HOST, listener.port, 1_000);
    const { closed } = eventsOf(transport);
    listener.close();
    const error = await rejectionOf(Promise.resolve(dial(HOST, listener.port, 1_000)));
    expect(error).to.have.property('code', 'ECONNREFUSED');
    transport.destroy();
    await closed;
    expect(sockets).to.have.length(1);
    sockets[0]?.destroy();
  });

  it('Listener says where it cannot listen, why, and what to do', async () => {
    const fail = (host: string): Promise<unknown> =>
      rejectionOf(Listener.open({ host, port, backlog: 5 }, () => undefined));
    const advice = 'stop the program that has this port';
    expectFailure(
      await fail(HOST),
      'LISTEN_FAILED',
      `${HOST}:${String(port)}`,
      'EADDRINUSE',
      advice,
    );
    // Of an address for documents (RFC 5737), which no machine has.
    const foreign = await fail('203.0.113.7');
    expectFailure(foreign, 'LISTEN_FAILED', 'EADDRNOTAVAIL', 'choose an address of this machine');
  });
});
