/**
 * Recorded agencies of the legacy systems against our central: what they sent goes in, what they
 * were answered must come out, byte for byte. Where a recording shows a central that lost bets or
 * refused good ones, the difference is named here.
 */
import { expect } from 'chai';
import { DetectingCodec } from '../../../../src/protocol/dialects/detecting';
import type { Dialect } from '../../../../src/protocol/conversion';
import { pipeMessage, TLV } from '../../../support/dialect-builder';
import {
  readRecording,
  type RecordedBet,
  type RecordedConnection,
  type RecordedTurn,
} from '../../../support/recorded-traffic';
import { rowText } from '../../../support/wire-builder';
import { singleBytes } from '../../helpers/codec';
import {
  DialectScene,
  finishedBefore,
  replay,
  type Link,
  type ReplayConnection,
} from '../../helpers/dialect-scene';

interface Case {
  readonly name: string;
  readonly dialect: Dialect;
  readonly agencies: number;
  /** Agencies that have finished before the recording begins. */
  readonly finished?: readonly number[];
  /** What differs from the recording, and why. */
  readonly but?: string;
  readonly expected?: (connection: RecordedConnection, index: number) => readonly RecordedTurn[];
  /** Documents of agency 1 that had won before. */
  readonly wonBefore?: readonly string[];
  /** Agencies whose bets are refused, so that nothing of them is stored. */
  readonly nothingStored?: boolean;
}

const server = (bytes: Buffer): RecordedTurn => ({ from: 'S', bytes });
const lineOf = ({ firstName, lastName, document, birthdate, number }: RecordedBet): string =>
  [firstName, lastName, document, birthdate, number].join(',');
const OTHERS_OF_12 = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/** The client's turns as recorded in one file, the answers as recorded in another. */
function answersOf(name: string): NonNullable<Case['expected']> {
  const other = readRecording(name).connections;
  return ({ turns }, index) => {
    const answers = (other[index]?.turns ?? []).filter(({ from }) => from === 'S');
    return turns.map((turn) => (turn.from === 'S' ? (answers.shift() ?? turn) : turn));
  };
}

const winnersAbove8k = Array.from({ length: 920 }, (_, i) => String(70_000_000 + i));

const CASES: readonly Case[] = [
  { name: '000-a-three-agencies', dialect: 'pipe', agencies: 3 },
  { name: '000-b-sixty-bets', dialect: 'pipe', agencies: 1 },
  {
    name: '000-c-final-commit-server-closes',
    dialect: 'pipe',
    agencies: 3,
    but: 'the last version of that central answers nothing; ours stores and says so',
    expected: ({ turns }) => [...turns.slice(0, 1), server(pipeMessage('ok')), ...turns.slice(2)],
  },
  {
    name: '000-d-err-then-resend',
    dialect: 'pipe',
    agencies: 3,
    finished: [1, 2],
    but: 'our central is never in the state of "not now": the first sending is stored',
    expected: ({ turns }) => turns.slice(2),
  },
  { name: '000-e-no-bets', dialect: 'pipe', agencies: 12, finished: OTHERS_OF_12 },
  {
    name: '000-f-err-bare-taken-for-ok',
    dialect: 'pipe',
    agencies: 3,
    finished: [1, 2, 3],
    but: 'the bet is good: it is refused because its agency has finished',
    nothingStored: true,
  },
  { name: '001-a-three-agencies', dialect: 'tlv', agencies: 3 },
  { name: '001-b-batches-of-three', dialect: 'tlv', agencies: 3 },
  {
    name: '001-c-store-fails-real',
    dialect: 'tlv',
    agencies: 3,
    but: 'that central could not store, and said so in a form that its agencies do not read',
    expected: ({ turns }) => [...turns.slice(0, 1), server(TLV.stored)],
  },
  {
    name: '001-d-failed-4-bytes',
    dialect: 'tlv',
    agencies: 1,
    finished: [1],
    but: 'the bets are good: they are refused because their agency has finished',
    nothingStored: true,
  },
  { name: '001-e-no-bets', dialect: 'tlv', agencies: 3, finished: [1, 2] },
  { name: '002-a-three-agencies', dialect: 'opcode', agencies: 3 },
  { name: '002-b-batches-of-five', dialect: 'opcode', agencies: 3 },
  {
    name: '002-c-large-packets',
    dialect: 'opcode',
    agencies: 1,
    wonBefore: winnersAbove8k,
  },
  {
    name: '003-a-three-agencies-real',
    dialect: 'semicolon',
    agencies: 3,
    but: 'that central lost the bets of every last packet; the answers are those of 003-c',
    expected: answersOf('003-c-three-agencies-reference'),
  },
  {
    name: '003-b-small-chunks-real',
    dialect: 'semicolon',
    agencies: 3,
    but: 'that central lost the bets of every last packet; the answers are those of 003-d',
    expected: answersOf('003-d-small-chunks-reference'),
  },
  { name: '003-c-three-agencies-reference', dialect: 'semicolon', agencies: 3 },
  { name: '003-d-small-chunks-reference', dialect: 'semicolon', agencies: 3 },
  {
    name: '003-e-nack',
    dialect: 'semicolon',
    agencies: 3,
    finished: [1, 2, 3],
    but: 'the bet is good: it is refused because its agency has finished',
    nothingStored: true,
  },
  { name: '003-f-no-bets', dialect: 'semicolon', agencies: 12, finished: OTHERS_OF_12 },
];

/** What a recorded agency with batches of three never sends: the last bet of seven. */
const NEVER_SENT: Readonly<Record<string, number>> = { '001-b-batches-of-three': 1 };

function play(
  test: Case,
  connect: (scene: DialectScene) => Link,
  cut?: (bytes: Buffer) => readonly Buffer[],
): { readonly scene: DialectScene; readonly complaint: string } {
  const { agencies, finished = [], wonBefore = [], expected } = test;
  const scene = new DialectScene(agencies, finishedBefore(finished));
  if (wonBefore.length > 0) winBefore(scene, wonBefore);
  const connections = readRecording(test.name).connections.map(
    (connection, index): ReplayConnection => ({
      turns: expected?.(connection, index) ?? connection.turns,
      connect: () => connect(scene),
    }),
  );
  return { scene, complaint: replay(scene, connections, cut) };
}

function winBefore(scene: DialectScene, documents: readonly string[]): void {
  const session = scene.scene.join(1);
  const rows = documents.map((document) => {
    const names = { firstName: 'Ana', lastName: 'Paz' };
    return rowText({ agency: 1, ...names, document, birthdate: '1990-01-01', number: 7574 });
  });
  const bets = { form: 'batch', offset: null, checksum: null, count: rows.length } as const;
  scene.scene.receive(session, { kind: 'bets', ...bets, rows: Buffer.from(rows.join('')) });
  scene.scene.hangUp(session);
}

describe('recorded agencies of the legacy systems', () => {
  for (const test of CASES) {
    const { name, dialect, but } = test;
    describe(but === undefined ? name : `${name} (${but})`, () => {
      const connect = (scene: DialectScene): Link => scene.connect(dialect);
      const detect = (scene: DialectScene): Link => scene.connect(() => new DetectingCodec());

      it('are answered as recorded', () => {
        expect(play(test, connect).complaint).to.equal('');
      });

      it('are recognised by their first bytes', () => {
        expect(play(test, detect).complaint).to.equal('');
      });

      it('are answered the same when they send single bytes', () => {
        expect(play(test, connect, singleBytes).complaint).to.equal('');
        expect(play(test, detect, singleBytes).complaint).to.equal('');
      });

      it('have every bet stored that they sent', () => {
        const { scene } = play(test, connect);
        for (const [agency, bets] of readRecording(name).bets) {
          if (bets.length === 0) continue;
          const lines = bets.map(lineOf);
          const sent =
            agency === 1 ? lines.slice(0, lines.length - (NEVER_SENT[name] ?? 0)) : lines;
          expect(scene.rowsOf(agency)).to.deep.equal(test.nothingStored === true ? [] : sent);
        }
      });

      it('are answered the same wherever their bytes are split', () => {
        const longest = Math.max(
          ...readRecording(name).connections.flatMap(({ turns }) =>
            turns.map(({ from, bytes }) => (from === 'C' ? (bytes?.length ?? 0) : 0)),
          ),
        );
        // A packet of 9 kB is split at every 31st byte, and around its header at every one.
        const stride = longest > 4_000 ? 31 : 1;
        for (let at = 1; at < longest; at += at < 16 ? 1 : stride) {
          const cut = (bytes: Buffer): Buffer[] => [bytes.subarray(0, at), bytes.subarray(at)];
          expect(play(test, connect, cut).complaint, `split at ${String(at)}`).to.equal('');
        }
      });
    });
  }
});
