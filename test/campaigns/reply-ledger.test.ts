/** The ledger of what agencies received must be able to find fault: it is shown centrals that forget. */
import { expect } from 'chai';
import { ReplyLedger, type LinkTap } from '../support/reply-ledger';
import * as wire from '../support/wire-builder';

const LOADING = 0;
const FINISHED = 1;
const DRAWN = 2;

const welcome = (stored: number, state: number): Buffer =>
  wire.welcome({ stored, checksum: 7, window: 8, state });
const batch = (offset: number): Buffer => wire.batch(offset, 7, 1, wire.row(wire.NORA));

describe('ledger of what agencies received', () => {
  let ledger: ReplyLedger;

  beforeEach(() => {
    ledger = new ReplyLedger();
  });

  /** A connection of an agency, at some central that says what it has. */
  function connected(stored: number, state: number, agency = 3): LinkTap {
    const tap = ledger.tap();
    tap.fromAgency(wire.join(wire.preface(), wire.introduce(agency)));
    tap.fromCentral(welcome(stored, state));
    return tap;
  }

  /** A connection in which two bets, and on demand FINISHED and the winners, are acknowledged. */
  function served(isFinished: boolean, hasWinners = false): void {
    const tap = connected(0, LOADING);
    tap.fromAgency(wire.join(batch(0), batch(1)));
    tap.fromCentral(wire.join(wire.ack(1), wire.ack(2)));
    if (isFinished) {
      tap.fromAgency(wire.finished(2));
      tap.fromCentral(wire.ack(2));
    }
    if (hasWinners) {
      tap.fromAgency(wire.askWinners(0, 1));
      tap.fromCentral(wire.winners(1, 0, ['30000031']));
    }
    tap.end();
  }

  const known: readonly (readonly [string, () => void, number])[] = [
    [
      'bets',
      () => {
        served(false);
      },
      LOADING,
    ],
    [
      'FINISHED',
      () => {
        served(true);
      },
      FINISHED,
    ],
    [
      'the draw',
      () => {
        served(true, true);
      },
      DRAWN,
    ],
  ];
  for (const [what, serve, state] of known) {
    it(`finds nothing wrong with a central that knows ${what} as acknowledged, or more`, () => {
      serve();
      for (let later = state; later <= DRAWN; later++) {
        for (const stored of [2, 5]) connected(stored, later).end();
      }
      expect(ledger.problems).to.deep.equal([]);
    });
  }

  it('finds fault with a central that has fewer bets than were acknowledged', () => {
    served(false);
    connected(1, LOADING);
    expect(ledger.problems).to.deep.equal(['agency 3: 2 bets acknowledged, then 1 known']);
  });

  it('does not forget what was acknowledged when fewer bets are acknowledged later', () => {
    served(false);
    const tap = connected(2, LOADING);
    tap.fromAgency(batch(0));
    tap.fromCentral(wire.ack(1));
    tap.end();
    connected(1, LOADING);
    expect(ledger.problems).to.deep.equal(['agency 3: 2 bets acknowledged, then 1 known']);
  });

  it('finds fault with a central that has forgotten FINISHED', () => {
    served(true);
    connected(2, LOADING);
    expect(ledger.problems).to.deep.equal(['agency 3: its FINISHED was forgotten']);
  });

  for (const [what, state] of [
    ['the draw', FINISHED],
    ['FINISHED and the draw', LOADING],
  ] as const) {
    it(`finds fault with a central that has forgotten ${what}`, () => {
      served(true, true);
      connected(2, state);
      expect(ledger.problems).to.include('agency 3: the draw was forgotten');
      expect(ledger.problems).to.have.length(state === LOADING ? 2 : 1);
    });
  }

  it('keeps apart what different agencies received', () => {
    served(true, true);
    connected(0, LOADING, 4);
    expect(ledger.problems).to.deep.equal([]);
    expect(ledger.received.get(3)).to.deep.equal({
      acknowledged: 2,
      finished: true,
      winners: true,
    });
    expect(ledger.received.get(4)).to.deep.equal({
      acknowledged: 0,
      finished: false,
      winners: false,
    });
    expect(ledger.acks.map(({ agency }) => agency)).to.deep.equal([3, 3, 3]);
  });

  it('takes no ACK of a batch for one of FINISHED', () => {
    const tap = connected(0, LOADING);
    tap.fromAgency(wire.join(batch(0), batch(1), wire.finished(2)));
    tap.fromCentral(wire.join(wire.ack(1), wire.ack(2)));
    connected(2, LOADING).end();
    expect(ledger.problems).to.deep.equal([]);
    tap.fromCentral(wire.ack(2));
    connected(2, LOADING).end();
    expect(ledger.problems).to.deep.equal(['agency 3: its FINISHED was forgotten']);
  });

  it('counts batches that are on their way, of connections that last', () => {
    const tap = connected(0, LOADING);
    tap.fromAgency(wire.join(batch(0), batch(1), batch(2)));
    expect(ledger.inFlight).to.equal(3);
    tap.fromCentral(wire.ack(1));
    expect(ledger.inFlight).to.equal(2);
    tap.fromCentral(wire.reject({ offset: 1, expected: 1, index: 0, reason: 101 }));
    expect(ledger.inFlight).to.equal(1);
    tap.end();
    expect(ledger.inFlight).to.equal(0);
  });

  it('reads frames that come in pieces, and reports each', () => {
    const seen: string[] = [];
    ledger.onFrame = (direction, type, agency) => {
      seen.push(`${direction} ${type.toString(16)} ${String(agency)}`);
    };
    const tap = ledger.tap();
    const bytesOf = (bytes: Buffer): Buffer[] => Array.from(bytes, (byte) => Buffer.from([byte]));
    const sent = wire.join(wire.preface(), wire.introduce(3), batch(0));
    for (const byte of bytesOf(sent)) tap.fromAgency(byte);
    for (const byte of bytesOf(wire.join(welcome(0, LOADING), wire.ack(1)))) tap.fromCentral(byte);
    expect(seen).to.deep.equal([
      'to_central 1 3',
      'to_central 3 3',
      'to_agency 81 3',
      'to_agency 82 3',
    ]);
    expect(ledger.received.get(3)?.acknowledged).to.equal(1);
  });
});
