/** Any message, together with its bytes from the independent builder. */
import * as fc from 'fast-check';
import type { Command, Reply } from '../../../src/protocol/commands';
import * as wire from '../../support/wire-builder';

export type Pair<T> = readonly [message: T, built: Buffer];

const u64 = fc.oneof(fc.constantFrom(0, 2 ** 32, 2 ** 53 - 1), fc.maxSafeNat());
const u32 = fc.nat({ max: 2 ** 32 - 1 });
const u16 = fc.nat({ max: 65_535 });
const positive16 = fc.integer({ min: 1, max: 65_535 });
const documents = fc.array(fc.stringMatching(/^\d{1,10}$/), { maxLength: 20 });

function bytes(minLength: number, maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));
}

const introduce = fc.tuple(u32, bytes(0, 256)).map(([agency, token]): Pair<Command> => {
  return [{ kind: 'introduce', agency, token }, wire.introduce(agency, token)];
});

const bet = fc.tuple(u64, u32, bytes(1, 300)).map(([offset, checksum, rows]): Pair<Command> => {
  const command = { kind: 'bets', form: 'bet', offset, checksum, count: 1, rows } as const;
  return [command, wire.bet(offset, checksum, rows)];
});

const batch = fc
  .tuple(u64, u32, positive16, bytes(1, 300))
  .map(([offset, checksum, count, rows]): Pair<Command> => {
    const command = { kind: 'bets', form: 'batch', offset, checksum, count, rows } as const;
    return [command, wire.batch(offset, checksum, count, rows)];
  });

const finished = u64.map((total): Pair<Command> => {
  return [{ kind: 'finished', total }, wire.finished(total)];
});

const askWinners = fc.tuple(u64, fc.boolean()).map(([first, wait]): Pair<Command> => {
  return [{ kind: 'ask_winners', first, wait }, wire.askWinners(first, wait ? 1 : 0)];
});

const agencyGoodbye = fc.constant<Pair<Command>>([{ kind: 'goodbye' }, wire.agencyGoodbye()]);

const introduceEdition = fc.tuple(u32, bytes(0, 256)).map(([agency, token]): Pair<Command> => {
  const command = { kind: 'introduce', agency, token, edition: '2020' } as const;
  return [command, wire.introduceEdition(2020, agency, token)];
});

const askTotal = fc.constant<Pair<Command>>([{ kind: 'ask_total' }, wire.askTotal()]);

const ping = bytes(8, 8).map((echo): Pair<Command> => [{ kind: 'ping', echo }, wire.ping(echo)]);

export const anyCommand: fc.Arbitrary<Pair<Command>> = fc.oneof(
  ...[ping, introduceEdition, askTotal, introduce, bet, batch, finished, askWinners, agencyGoodbye],
);

const STAGES = [
  ['loading', 0],
  ['finished', 1],
  ['drawn', 2],
] as const;

const welcome = fc
  .tuple(u64, u32, positive16, fc.constantFrom(...STAGES))
  .map(([stored, checksum, window, [stage, state]]): Pair<Reply> => {
    const built = wire.welcome({ stored, checksum, window, state });
    return [{ kind: 'welcome', stored, checksum, window, stage }, built];
  });

const ack = u64.map((upTo): Pair<Reply> => [{ kind: 'ack', upTo }, wire.ack(upTo)]);

const reject = fc.tuple(u64, u64, u16).map(([offset, expected, index]): Pair<Reply> => {
  const built = wire.reject({ offset, expected, index, reason: 121 });
  return [{ kind: 'reject', offset, expected, index, reason: 'WRONG_OFFSET' }, built];
});

const winners = fc
  .tuple(fc.nat(), fc.nat(), documents)
  .map(([first, behind, page]): Pair<Reply> => {
    const total = first + page.length + behind;
    return [{ kind: 'winners', total, first, documents: page }, wire.winners(total, first, page)];
  });

const notYet = fc.tuple(u32, u32).map(([pending, retryAfterMs]): Pair<Reply> => {
  return [{ kind: 'not_yet', pending, retryAfterMs }, wire.notYet(pending, retryAfterMs)];
});

const busy = u32.map((retryAfterMs): Pair<Reply> => {
  return [{ kind: 'busy', retryAfterMs }, wire.busy(retryAfterMs)];
});

const error = fc.string({ unit: 'binary', maxLength: 64 }).map((text): Pair<Reply> => {
  return [{ kind: 'error', code: 'REPLACED', text }, wire.error(9, text)];
});

const centralGoodbye = u32.map((retryAfterMs): Pair<Reply> => {
  return [{ kind: 'goodbye', retryAfterMs }, wire.centralGoodbye(retryAfterMs)];
});

const someRows = fc.array(
  fc.stringMatching(/^[a-z,é]{0,40}$/).map((text) => Buffer.from(`${text}\r\n`)),
  { maxLength: 8 },
);

const results = fc
  .tuple(u64, u64, fc.boolean(), someRows)
  .map(([upTo, won, isLast, rows]): Pair<Reply> => {
    const built = wire.results({ upTo, winners: won, last: isLast ? 1 : 0 }, rows);
    return [{ kind: 'results', upTo, winners: won, isLast, rows }, built];
  });

const total = fc.tuple(u64, u32).map(([won, pending]): Pair<Reply> => {
  return [{ kind: 'total', winners: won, pending }, wire.total(won, pending)];
});

const pong = bytes(8, 8).map((echo): Pair<Reply> => [{ kind: 'pong', echo }, wire.pong(echo)]);

export const anyReply: fc.Arbitrary<Pair<Reply>> = fc.oneof(
  ...[pong, results, total, welcome, ack, reject, winners, notYet, busy, error, centralGoodbye],
);
