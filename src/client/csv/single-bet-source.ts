/**
 * One bet (exercise 5): appended to the agency's stored bets, or, with a position, stored at that position
 * only, which makes sending it idempotent.
 */
import { crc32 } from 'node:zlib';
import { LoteriaError } from '../../base/errors';
import type { Batch, BetSource } from './batch';

/** Where a bet stands among the agency's bets: what makes a repeat of it recognisable. */
export interface BetPosition {
  /** How many bets of the agency come before it. */
  readonly offset: number;
  /** CRC-32 of their rows; null: not known. */
  readonly checksum: number | null;
}

export class SingleBetSource implements BetSource {
  readonly totalBytes: number;
  private readonly bet: SingleBet;

  /**
   * @param row the bet as the central stores it
   * @param position undefined: appended
   */
  constructor(row: string, position?: BetPosition) {
    this.bet = new SingleBet(row, position);
    this.totalBytes = this.bet.totalBytes;
  }

  startAt(stored: number, checksum: number): Promise<void> {
    return new Promise((resolve) => {
      this.bet.startAt(stored, checksum);
      resolve();
    });
  }

  next(): Promise<Batch | null> {
    return Promise.resolve(this.bet.next());
  }

  close(): void {
    this.bet.close();
  }
}

/** The source, without promises. */
export class SingleBet {
  readonly totalBytes: number;
  private readonly rows: Buffer;
  private batch: Batch | null = null;
  private done = false;

  constructor(
    row: string,
    private readonly position?: BetPosition,
  ) {
    this.rows = Buffer.from(row, 'utf8');
    this.totalBytes = this.rows.length;
  }

  /** @throws LoteriaError DATA_DIFFERS */
  startAt(stored: number, checksum: number): void {
    const { rows, batch, position } = this;
    if (position !== undefined) {
      this.take(position, stored, checksum);
      return;
    }
    if (batch === null) {
      const sum = crc32(rows, checksum);
      const sourceBytes = this.totalBytes;
      this.batch = { form: 'bet', offset: stored, count: 1, rows, checksum: sum, sourceBytes };
    } else if (stored === batch.offset) this.done = false;
    else if (stored === batch.offset + 1 && checksum === batch.checksum) this.done = true;
    else {
      throw new LoteriaError(
        'DATA_DIFFERS',
        'while this bet was on its way, others of the same agency were stored; ' +
          'whether it is among them cannot be told',
      );
    }
  }

  /** @throws LoteriaError DATA_DIFFERS unless the bet has its place, or can have it */
  private take({ offset, checksum: before }: BetPosition, stored: number, checksum: number): void {
    const { rows } = this;
    const at = `position ${String(offset)}`;
    const held = `the central holds ${String(stored)} bets of this agency`;
    if (stored < offset) throw differs(`${held}: none can have ${at} yet`);
    const isNext = stored === offset;
    if (isNext && before !== null && before !== checksum) {
      throw differs(`${held}, and those before ${at} are others than bet.checksum names`);
    }
    if (!isNext && before === null) {
      throw differs(
        `${held}: ${at} is taken, and without bet.checksum nobody can tell by which bet`,
      );
    }
    if (stored > offset + 1) {
      throw differs(`${held}: ${at} is taken, and by which bet cannot be told behind later ones`);
    }
    const sum = crc32(rows, before ?? checksum);
    if (!isNext && sum !== checksum) {
      throw differs(
        offset === 0
          ? `${held}: another bet has ${at}`
          : `${held}: ${at} is taken by another bet, or bet.checksum is not that of the bets before it`,
      );
    }
    // One that is stored already is sent all the same: the central answers that it is known.
    const sourceBytes = this.totalBytes;
    this.batch = { form: 'bet', offset, count: 1, rows, checksum: sum, sourceBytes };
    this.done = false;
  }

  next(): Batch | null {
    const batch = this.done ? null : this.batch;
    this.done = true;
    return batch;
  }

  close(): void {
    this.done = true;
  }
}

function differs(what: string): LoteriaError {
  return new LoteriaError('DATA_DIFFERS', `${what}; the bet was not sent`);
}
