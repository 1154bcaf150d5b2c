/**
 * What may be stored of an agency that speaks an earlier dialect (docs/DIALECTS.md): its bets have no
 * offset, so that each message is stored at most as often as it was sent, and at least as often as
 * its being stored was acknowledged; always whole. A program that begins anew sends all again, and
 * all is stored again.
 */
import { crcOf } from '../support/wire-builder';
import type { AgencyInput } from './input';
import type { World } from './world';

/** The bets of one message, by the index of the first one. */
interface Message {
  readonly count: number;
  sent: number;
  acknowledged: number;
}

export class LegacyLedger {
  private readonly messages = new Map<number, Message>();
  private readonly indexOfRow: ReadonlyMap<string, number>;

  constructor(
    private readonly world: World,
    private readonly input: AgencyInput,
  ) {
    this.indexOfRow = new Map(input.rows.map((row, i) => [row, i]));
  }

  /** A message with bets `start` to `start + count` is on its way. */
  noteSent(start: number, count: number): void {
    const message = this.messages.get(start) ?? { count, sent: 0, acknowledged: 0 };
    if (message.count !== count) throw new RangeError('messages are packed alike each time');
    message.sent++;
    this.messages.set(start, message);
  }

  /** The central says that one such message is stored. */
  noteStored(start: number): void {
    const message = this.messages.get(start);
    if (message === undefined) throw new RangeError('no such message was sent');
    if (message.acknowledged === message.sent) {
      this.world.fail('legacy answers', `agency ${String(this.input.agency)}: an answer too many`);
    }
    message.acknowledged++;
  }

  /** Whether rows that were found stored, in order, may be, and must not be more. */
  check(rows: readonly string[], isFinished: boolean, where: string): void {
    const { input, world } = this;
    const at = `${where}: agency ${String(input.agency)} (${input.dialect ?? ''})`;
    const times = new Map<number, number>();
    for (let i = 0; i < rows.length;) {
      const start = this.indexOfRow.get(rows[i] ?? '') ?? -1;
      const message = this.messages.get(start);
      const found = rows.slice(i, i + (message?.count ?? 1)).join('');
      const whole = message && input.rows.slice(start, start + message.count).join('');
      if (message === undefined || found !== whole) {
        return world.fail('whole batches', `${at}: bet ${String(i)} is ${found}`);
      }
      times.set(start, (times.get(start) ?? 0) + 1);
      i += message.count;
    }
    for (const [start, { sent, acknowledged, count }] of this.messages) {
      const stored = times.get(start) ?? 0;
      const which = `${at}: bets ${String(start)} to ${String(start + count)}`;
      if (stored < acknowledged) {
        const found = `${which} stored ${String(stored)} of ${String(acknowledged)} times`;
        world.fail('nothing is lost', found);
      }
      if (stored > sent) world.fail('no bet too many', `${which}, sent ${String(sent)} times`);
    }
    if (
      isFinished &&
      [...times.keys()].reduce((sum, s) => sum + this.countOf(s), 0) < input.rows.length
    ) {
      world.fail('whole input', `${at} finished with ${String(rows.length)} bets`);
    }
  }

  /** Its winners, when these rows are stored. */
  winnersAmong(rows: readonly string[], number: number): string[] {
    const { bets } = this.input;
    return rows.flatMap((row) => {
      const bet = bets[this.indexOfRow.get(row) ?? -1];
      return bet?.number === number ? [bet.document] : [];
    });
  }

  private countOf(start: number): number {
    return this.messages.get(start)?.count ?? 0;
  }
}

/** CRC-32 of rows one behind the other. */
export function checksumOf(rows: readonly string[]): number {
  return crcOf(Buffer.from(rows.join('')));
}
