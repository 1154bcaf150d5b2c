/** The checker of traces must be able to fail: it is shown traces of a central that lies. */
import { expect } from 'chai';
import { AckChecker } from '../support/ack-checker';
import { traceEvents } from '../support/strace-lines';
import { ack, join, u32, u64, utf8, winners } from '../support/wire-builder';

const MAIN = 100;
const POOL = 101;
const PORT = 5001;
const SOCKET = `21<TCP:[127.0.0.1:12345->127.0.0.1:${String(PORT)}]>`;
const JOURNAL = `24<${escaped(utf8('/data/journal.b'))}>`;
const CSV = `25<${escaped(utf8('/data/bets.csv'))}>`;

function escaped(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

interface Entry {
  readonly kind: number;
  readonly agency: number;
  readonly stored: number;
}

/** The write of a commit of agency 3 as strace prints it. */
function commit(at: number, entries: readonly Entry[], rows = 'row\r\n'): string {
  const encoded = entries.map(({ kind, agency, stored }) =>
    join(u32(kind), u32(agency), u32(1), u32(rows.length), u64(stored), u32(0)),
  );
  const head = join(utf8('LNC1'), u32(28 * entries.length), u64(2), u64(1), u64(0));
  const header = join(head, u32(rows.length), u32(0), u32(0), ...encoded);
  const bytes = header.length + rows.length;
  const vector = (part: Uint8Array): string =>
    `{iov_base="${escaped(part)}", iov_len=${String(part.length)}}`;
  const buffers = `[${vector(header)}, ${vector(utf8(rows))}]`;
  return `${String(MAIN)} 10:00:00.1 pwritev(${JOURNAL}, ${buffers}, 2, ${String(at)}) = ${String(bytes)}`;
}

const bets = (stored: number): Entry => ({ kind: 1, agency: 3, stored });
const sync = `${String(POOL)} 10:00:00.2 fdatasync(${JOURNAL}) = 0`;
const syncBegins = `${String(POOL)} 10:00:00.2 fdatasync(${JOURNAL} <unfinished ...>`;
const syncReturns = `${String(POOL)} 10:00:00.3 <... fdatasync resumed>) = 0`;
const reply = (bytes: Uint8Array): string =>
  `${String(MAIN)} 10:00:00.4 write(${SOCKET}, "${escaped(bytes)}", ${String(bytes.length)}) = ${String(bytes.length)}`;

function check(...lines: readonly string[]): AckChecker {
  const checker = new AckChecker((port) => (port === PORT ? 3 : undefined));
  for (const line of lines) for (const event of traceEvents(line)) checker.push(event);
  return checker;
}

describe('checker of traces', () => {
  it('accepts an ACK behind its sync, and counts commits and ACKs', () => {
    const checker = check(commit(100, [bets(1), bets(2)]), sync, reply(join(ack(1), ack(2))));
    expect(checker.violations).to.deep.equal([]);
    expect(checker).to.include({ batchAcks: 2, journalSyncs: 1 });
    expect(checker.groups).to.deep.equal([2]);
  });

  it('accepts a sync that others interrupt, once it has returned', () => {
    const other = `${String(MAIN)} 10:00:00.25 write(17<x>, "\\x01", 1) = 1`;
    const lines = [commit(100, [bets(1)]), syncBegins, other, syncReturns, reply(ack(1))];
    expect(check(...lines).violations).to.deep.equal([]);
  });

  const lies: Record<string, readonly string[]> = {
    'there is no sync': [commit(100, [bets(1)]), reply(ack(1))],
    'the sync comes behind it': [commit(100, [bets(1)]), reply(ack(1)), sync],
    'the sync has not returned': [commit(100, [bets(1)]), syncBegins, reply(ack(1)), syncReturns],
    'the sync failed': [
      commit(100, [bets(1)]),
      `${String(POOL)} 10:00:00.2 fdatasync(${JOURNAL}) = -1 EIO (Input/output error)`,
      reply(ack(1)),
    ],
    'the sync began before the write': [
      syncBegins,
      commit(100, [bets(1)]),
      syncReturns,
      reply(ack(1)),
    ],
    'another file was synced': [commit(100, [bets(1)]), sync.replace(JOURNAL, CSV), reply(ack(1))],
    'the commit was written in part': [
      commit(100, [bets(1)]).replace(/= \d+$/, '= 74'),
      sync,
      reply(ack(1)),
    ],
    'it says more than is durable': [commit(100, [bets(1)]), sync, reply(ack(2))],
    'it is the second of two in one write': [
      commit(100, [bets(1)]),
      sync,
      reply(join(ack(1), ack(2))),
    ],
    'FINISHED is not durable': [commit(100, [bets(1)]), sync, reply(ack(1)), reply(ack(1))],
    'the draw is not durable': [commit(100, [bets(1)]), sync, reply(winners(0, 0, []))],
  };
  for (const [name, lines] of Object.entries(lies)) {
    it(`finds an acknowledgement when ${name}`, () => {
      expect(check(...lines).violations).to.have.lengthOf(1);
    });
  }

  it('accepts FINISHED and WINNERS behind their syncs', () => {
    const lines = [
      ...[commit(100, [bets(1)]), sync, reply(ack(1))],
      ...[commit(200, [{ kind: 2, agency: 3, stored: 0 }], ''), sync, reply(ack(1))],
      ...[commit(300, [{ kind: 3, agency: 0, stored: 7 }], ''), sync, reply(winners(0, 0, []))],
    ];
    const checker = check(...lines);
    expect(checker.violations).to.deep.equal([]);
    expect(checker).to.include({ batchAcks: 1, finishAcks: 1, winners: 1 });
  });

  it('holds a reply that the socket takes in parts against the first part', () => {
    const [first, rest] = [ack(1).subarray(0, 5), ack(1).subarray(5)];
    const part = reply(ack(1)).replace(/= 12$/, '= 5');
    const checker = check(part, commit(100, [bets(1)]), sync, reply(rest));
    expect(first).to.have.lengthOf(5);
    expect(checker.violations).to.have.lengthOf(1);
    expect(checker.batchAcks).to.equal(1);
  });
});
