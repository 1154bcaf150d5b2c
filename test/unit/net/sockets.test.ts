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

  it('send at once, or gather what is written together', async () => {
    for (const gathers of [false, true]) {
      const transport = await dial(HOST, port, 1_000, { gathers });
      const { closed } = eventsOf(transport);
      for (const round of [1, 2]) {
        transport.write(Buffer.from('a few '));
        transport.write(Buffer.from('words'));
        expect(transport.unsentBytes, `round ${String(round)}`).to.equal(gathers ? 11 : 0);
        await Promise.resolve();
        expect(transport.unsentBytes, 'promises go on').to.equal(gathers ? 11 : 0);
        await new Promise(setImmediate);
        expect(transport.unsentBytes, 'then it leaves').to.equal(0);
      }
      transport.destroy();
      await closed;
    }
  });

  it('let what they have gathered leave before they end, and drop it when they are destroyed', async () => {
    const transport = await dial(HOST, port, 1_000, { gathers: true });
    const { closed } = eventsOf(transport);
    const peer = await accepted;
    transport.write(Buffer.from('last '));
    transport.write(Buffer.from('words'));
    transport.end();
    transport.destroyWhenSent();
    const words: Buffer[] = [];
    for await (const chunk of peer) words.push(chunk as Buffer);
    await closed;
    peer.destroy();
    expect(Buffer.concat(words).toString()).to.equal('last words');

    const dropped = await dial(HOST, port, 1_000, { gathers: true });
    const { events, closed: droppedClosed } = eventsOf(dropped);
    dropped.write(Buffer.from('nothing'));
    dropped.destroy();
    await droppedClosed;
    expect(events).to.deep.equal(['close']);
  });

  it('say that there is room again, when they have gathered more than the system takes at once', async () => {
    const transport = await dial(HOST, port, 1_000, { gathers: true });
    const { events, closed } = eventsOf(transport);
    const peer = await accepted;
    const piece = Buffer.alloc(65_536);
    for (let pieces = 0; pieces < 256; pieces++) transport.write(piece);
    let received = 0;
    peer.on('data', (chunk: Buffer) => (received += chunk.length));
    while (received < 256 * piece.length) await once(peer, 'data');
    while (events.length === 0) await new Promise(setImmediate);
    transport.destroy();
    await closed;
    peer.destroy();
    expect(events).to.deep.equal(['drain', 'close']);
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
