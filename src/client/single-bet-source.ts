/** One bet, added behind whatever the central has of the agency (exercise 5). */
import { crc32 } from 'node:zlib';
import { LoteriaError } from '../base/errors';
import type { Batch, BetSource } from './batch';

export class SingleBetSource implements BetSource {
  readonly totalBytes: number;
  private readonly bet: SingleBet;

  /** @param row the bet as the central stores it */
  constructor(row: string) {
    this.bet = new SingleBet(row);
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

/** The source's work, without promises. */
export class SingleBet {
  readonly totalBytes: number;
  private readonly rows: Buffer;
  private batch: Batch | null = null;
  private done = false;

  /** @param row the bet as the central stores it */
  constructor(row: string) {
    this.rows = Buffer.from(row, 'utf8');
    this.totalBytes = this.rows.length;
  }

  /** @throws LoteriaError DATA_DIFFERS */
  startAt(stored: number, checksum: number): void {
    const { rows, batch } = this;
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

  next(): Batch | null {
    const batch = this.done ? null : this.batch;
    this.done = true;
    return batch;
  }

  close(): void {
    this.done = true;
  }
}
