import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import { BATCH_ROWS_BYTES_MAX } from '../../../src/protocol/native/layout';

const DOCUMENT = readFileSync(join(__dirname, '../../../docs/PROTOCOL.md'), 'utf8');
const SECTION = DOCUMENT.slice(DOCUMENT.indexOf('## 9. Limits'), DOCUMENT.indexOf('## 10.'));

/** The second cell of a line of the table in section 9. */
function documented(what: string): string {
  const line = SECTION.split('\n').find((text) => text.startsWith(`| ${what} |`));
  return line?.split('|')[2]?.trim() ?? '(not in the table)';
}

describe('limits', () => {
  it('cannot be changed', () => {
    expect(LIMITS).to.be.frozen;
  });

  it('are declared once', () => {
    const folder = join(__dirname, '../../../src/base/limits');
    const declared = readdirSync(folder).flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/^ {2}(\w+): /gm)].map(
        ([, key]) => key,
      ),
    );
    expect(declared.toSorted()).to.deep.equal(Object.keys(LIMITS).toSorted());
  });

  it('are whole numbers above zero', () => {
    for (const [name, value] of Object.entries(LIMITS)) {
      expect(Number.isSafeInteger(value) && value > 0, name).to.equal(true);
    }
  });

  it('end in their unit, in Max or in Default', () => {
    for (const name of Object.keys(LIMITS)) {
      expect(name).to.match(/(Max|Min|Ms|Bytes|Default)$/);
    }
  });

  const { frameHeaderBytes, frameBytesMax } = LIMITS;
  const promised: readonly (readonly [string, string])[] = [
    ['frame, either direction', `${String(frameHeaderBytes)} to ${String(frameBytesMax)} bytes`],
    ['bets in a batch', `what fits: ${String(BATCH_ROWS_BYTES_MAX)} bytes of rows`],
    ['name', `${String(LIMITS.nameBytesMax)} bytes`],
    ['token', `${String(LIMITS.tokenBytesMax)} bytes`],
    [
      'unanswered batches',
      `\`window\` of WELCOME (default ${String(LIMITS.windowBatchesDefault)})`,
    ],
    ['from connect to INTRODUCE', `${String(LIMITS.handshakeTimeoutMs / 1_000)} s`],
    ['from the first to the last byte of a frame', `${String(LIMITS.frameTimeoutMs / 1_000)} s`],
    ['silence of an agency that is loading', `${String(LIMITS.idleTimeoutMs / 60_000)} min`],
    [
      'silence of an agency that has finished',
      `none while its query is held; else ${String(LIMITS.idleTimeoutMs / 60_000)} min`,
    ],
    [
      'silence of the central while a query is held',
      `${String(LIMITS.heldQueryHeartbeatMs / 1_000)} s between two NOT_YET; ` +
        `an agency may give up after ${String(LIMITS.centralSilenceMsMax / 1_000)} s`,
    ],
    [
      'replies that an agency has not read',
      `${String(LIMITS.outputBytesUnreadMax / 1_024)} KiB: its messages wait; ` +
        `${String(LIMITS.outputBytesPerConnectionMax / 1_024)} KiB, or ` +
        `${String(LIMITS.unreadTimeoutMs / 1_000)} s without reading any: closed`,
    ],
    ['connections in all', `${String(LIMITS.connectionsMax)}; above: BUSY, or dropped`],
    [
      'connections of one address',
      `${String(LIMITS.connectionsPerAddressMax)}; above: BUSY, or dropped`,
    ],
  ];
  for (const [what, text] of promised) {
    it(`are as documented: ${what}`, () => {
      expect(documented(what)).to.equal(text);
    });
  }

  it('document no limit that is not checked here', () => {
    const lines = SECTION.split('\n').filter((line) => line.startsWith('| '));
    expect(lines.slice(1)).to.have.length(promised.length);
  });

  it('let the longest row fit in one batch', () => {
    const quotes = 2 * LIMITS.nameBytesMax + 2;
    const longest = `65535,${'"'.repeat(quotes)},${'"'.repeat(quotes)},0123456789,2000-01-01,9999`;
    expect(longest.length + 2).to.be.at.most(BATCH_ROWS_BYTES_MAX);
  });
});
