/** One bet, added behind whatever the central has of the agency (exercise 5). */
import { crc32 } from 'node:zlib';
import { LoteriaError } from '../base/errors';
import type { Batch, BetSource } from './batch';

export class SingleBetSource implements BetSource {
  readonly totalBytes: number;
  private readonly rows: Buffer;
  private batch: Batch | null = null;
  private done = false;

  /** @param row the bet as the central stores it */
  constructor(row: string) {
    this.rows = Buffer.from(row, 'utf8');
    this.totalBytes = this.rows.length;
  }

  startAt(stored: number, checksum: number): Promise<void> {
    const { rows, batch } = this;
    if (batch === null) {
      const sum = crc32(rows, checksum);
      const sourceBytes = this.totalBytes;
      this.batch = { form: 'bet', offset: stored, count: 1, rows, checksum: sum, sourceBytes };
    } else if (stored === batch.offset) this.done = false;
    else if (stored === batch.offset + 1 && checksum === batch.checksum) this.done = true;
    else {
      return Promise.reject(
        new LoteriaError(
          'DATA_DIFFERS',
          'while this bet was on its way, others of the same agency were stored; ' +
            'whether it is among them cannot be told',
        ),
      );
    }
    return Promise.resolve();
  }

  next(): Promise<Batch | null> {
    const batch = this.done ? null : this.batch;
    this.done = true;
    return Promise.resolve(batch);
  }

  close(): void {
    this.done = true;
  }
}
