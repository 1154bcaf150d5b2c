/**
 * A peer that speaks for an agency and does what no agency of ours does: sends bets again, leaves
 * some out, lies about checksums, talks out of turn. Every bet that it gets stored is a right one.
 */
import type { Edition } from '../../src/domain/contest';
import type { Transport } from '../../src/net/transport';
import * as wire from '../support/wire-builder';
import type { AgencyInput } from './input';
import type { Network } from './network';
import type { Referee } from './referee';
import { SimProcess } from './sim-process';
import type { World } from './world';

const WELCOME = 0x81;

type Trick =
  | 'next'
  | 'known'
  | 'flood'
  | 'gap'
  | 'overlap'
  | 'checksum'
  | 'count'
  | 'foreign'
  | 'total'
  | 'ask'
  | 'introduce'
  | 'garbage'
  | 'half a frame';

const TRICKS: readonly [Trick, ...Trick[]] = [
  'next',
  'next',
  'known',
  'known',
  'flood',
  'gap',
  'overlap',
  'checksum',
  'count',
  'foreign',
  'total',
  'ask',
  'introduce',
  'garbage',
  'half a frame',
];

/** Lets such a peer loose. */
export function startOddPeer(
  world: World,
  network: Network,
  referee: Referee,
  input: AgencyInput,
): void {
  const process = new SimProcess(world, `odd ${String(input.agency)}`);
  const { agency } = input;
  network.dial(process, { agency, tap: () => referee.tapNative(agency, false) }).then(
    (transport) => {
      new OddPeer(world, process, transport, referee, input, referee.book.edition).begin();
    },
    () => undefined,
  );
}

class OddPeer {
  private received: Buffer = Buffer.alloc(0);
  private isOver = false;
  private welcomed = false;

  constructor(
    private readonly world: World,
    private readonly process: SimProcess,
    private readonly transport: Transport,
    private readonly referee: Referee,
    private readonly input: AgencyInput,
    private readonly edition: Edition,
  ) {}

  begin(): void {
    const { transport, world } = this;
    transport.attach({
      onData: (chunk) => {
        this.onData(chunk);
      },
      onDrain: () => undefined,
      onEnd: () => {
        this.isOver = true;
      },
      onClose: () => {
        this.isOver = true;
      },
    });
    transport.write(wire.join(wire.preface(), this.introduction()));
    this.process.after(world.random.int(0, 8_000), () => {
      this.leave();
    });
  }

  private leave(): void {
    const { random } = this.world;
    if (random.chance(0.3)) return; // and says nothing ever again
    this.isOver = true;
    if (random.chance(0.5)) this.transport.end();
    else this.transport.destroy();
  }

  private onData(chunk: Buffer): void {
    if (this.welcomed) return;
    this.received = Buffer.concat([this.received, chunk]);
    if (this.received.length < 20) return;
    this.welcomed = true;
    if (this.received.readUInt8(2) !== WELCOME) return;
    let stored = Number(this.received.readBigUInt64BE(4));
    for (let i = this.world.random.int(1, 4); i > 0 && !this.isOver; i--) {
      const trick = this.world.random.pick(TRICKS);
      this.world.note(this.process.name, trick);
      const bytes = this.bytesOf(trick, stored);
      if (bytes.length > 0) this.transport.write(bytes);
      if (trick === 'next') stored = Math.min(stored + 1, this.input.rows.length);
      // What follows half a frame is taken for its other half: bets must not become of it.
      if (trick === 'half a frame' || trick === 'garbage') return;
    }
  }

  private bytesOf(trick: Trick, stored: number): Buffer {
    const { random } = this.world;
    const { agency, rows } = this.input;
    const total = rows.length;
    switch (trick) {
      case 'next':
        if (stored === total) return Buffer.alloc(0);
        this.referee.noteBatch(agency, stored + 1);
        return this.batch(stored, stored + 1);
      case 'known':
        return stored === 0 ? Buffer.alloc(0) : this.batch(random.int(0, stored - 1), stored);
      case 'flood':
        return stored === 0
          ? Buffer.alloc(0)
          : wire.join(...Array.from({ length: 22 }, () => this.batch(stored - 1, stored)));
      case 'gap':
        return stored + 1 >= total
          ? Buffer.alloc(0)
          : this.batch(stored + 1, random.int(stored + 2, total));
      case 'overlap':
        return stored === 0 || stored === total
          ? Buffer.alloc(0)
          : this.batch(random.int(0, stored - 1), stored + 1);
      case 'checksum':
        return stored === total ? Buffer.alloc(0) : this.batch(stored, stored + 1, { sum: 1 });
      case 'count':
        return stored === total ? Buffer.alloc(0) : this.batch(stored, stored + 1, { count: 1 });
      case 'foreign': {
        const nora = { ...wire.NORA, agency: agency + 1 };
        const row = this.edition === '2020' ? wire.contestantRow(nora) : wire.row(nora);
        return wire.batch(stored, wire.crcOf(row, this.input.checksums[stored] ?? 0), 1, row);
      }
      case 'total':
        return wire.finished(stored + random.pick([1, 2, total + 1]));
      case 'ask':
        return this.edition === '2020' && random.chance(0.7)
          ? wire.askTotal()
          : wire.askWinners(random.int(0, 3), random.int(0, 1));
      case 'introduce':
        return random.chance(0.8) ? this.introduction() : wire.introduceEdition(2020, agency);
      case 'garbage':
        return Buffer.from(Array.from({ length: random.int(1, 30) }, () => random.int(0, 255)));
      case 'half a frame':
        return this.batch(0, Math.min(1, total)).subarray(0, random.int(1, 17));
    }
  }

  private introduction(): Buffer {
    const { agency } = this.input;
    return this.edition === '2020' ? wire.introduceEdition(2020, agency) : wire.introduce(agency);
  }

  /** Bets `from` to `to`, and what is to be wrong about them. */
  private batch(from: number, to: number, flaws: { sum?: number; count?: number } = {}): Buffer {
    const { rows, checksums } = this.input;
    const checksum = ((checksums[to] ?? 0) + (flaws.sum ?? 0)) >>> 0;
    const taken = wire.join(...rows.slice(from, to).map(wire.utf8));
    return wire.batch(from, checksum, to - from + (flaws.count ?? 0), taken);
  }
}
