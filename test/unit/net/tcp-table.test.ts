import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { keyOf, parseTcpTable, readSendQueues } from '../../../src/net/tcp-table';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n';

function line(local: string, remote: string, queues: string): string {
  return `   5: ${local} ${remote} 01 ${queues} 04:00000018 00000000     0        0 9 3 0\n`;
}

describe('the table of TCP connections', () => {
  it('finds what was not delivered, by both ends', () => {
    const text =
      HEAD +
      line('0100007F:3039', '0A00000A:C001', '003B7C00:00000000') +
      line('0100007F:3039', '0A00000A:C002', '00000000:00000007');
    expect([...parseTcpTable(text, 'LE')]).to.deep.equal([['12345 49153 10.0.0.10', 3_898_368]]);
  });

  it('has addresses as Node writes them, whatever the byte order', () => {
    const mapped = '0000000000000000FFFF00000A00000A';
    const text = HEAD + line('0:3039', `${mapped}:0001`, '1:0');
    expect([...parseTcpTable(text, 'LE').keys()]).to.deep.equal(['12345 1 10.0.0.10']);
    const six = '20010DB8000000000000000000000001';
    const big = HEAD + line(`${six}:3039`, `${six}:0002`, '00000001:0');
    expect([...parseTcpTable(big, 'BE').keys()]).to.deep.equal(['12345 2 2001:db8::1']);
  });

  it('is empty where there is nothing of the kind', () => {
    expect(parseTcpTable('', 'LE').size).to.equal(0);
  });

  it('of this system names a connection whose peer does not read', async function () {
    if (!existsSync('/proc/self/net/tcp')) this.skip();
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const socket = connect(port, '127.0.0.1');
    try {
      socket.write(Buffer.alloc(16_000_000));
      const peer = await accepted;
      let queued = 0;
      for (let i = 0; i < 100 && queued === 0; i++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        const { localPort = 0, remotePort = 0, remoteAddress = '' } = socket;
        queued = (await readSendQueues()).get(keyOf({ localPort, remotePort, remoteAddress })) ?? 0;
      }
      expect(queued).to.be.greaterThan(0);
      peer.destroy();
    } finally {
      socket.destroy();
      server.close();
    }
  });
});
