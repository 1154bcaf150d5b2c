/** Parts of the central that count what they do, put around those that do it. */
import type { Clock } from '../../base/clock';
import { whenThere } from '../../base/eventual';
import { ByteMeter } from '../../net/frame-buffer';
import type { Parsable, Parsed } from '../../parsing/parsed';
import type { Parser } from '../../parsing/parser';
import type { BetStore } from '../../store/bet-store';
import type { Telemetry } from '../../telemetry/telemetry';
import type { LogLine } from '../log/peer-log';
import type { CentralOptions } from '../turn/central-options';

/** The parts of a central, each measured. */
export function measured(
  { parser, store, clock }: Pick<CentralOptions, 'parser' | 'store' | 'clock'>,
  telemetry: Telemetry,
): Pick<CentralOptions, 'parser' | 'store' | 'observer'> {
  return {
    parser: new MeasuredParser(parser, telemetry, clock),
    store: measuredStore(store, telemetry, clock),
    observer: {
      turns: telemetry.turns,
      onLine: lineCounter(telemetry),
      received: new ReceivedBytes(telemetry),
    },
  };
}

/** Counts what the central logs about its peers: every error of a peer is a line with a code. */
export function lineCounter(telemetry: Telemetry): (line: LogLine) => void {
  return ({ action, result, details = {}, peer, run }) => {
    if (action === 'turn_away') telemetry.refused('no_place', Number(details['connections']));
    else if (action === 'tls') telemetry.refused('tls');
    if (peer === undefined) return;
    if (action === 'introduce' && result === 'success') {
      const isOneOfMany = run === 'connections';
      if (peer.agency !== null) telemetry.greeted(peer.agency, peer.address, isOneOfMany);
      return;
    }
    if (result !== 'fail' || details['code'] === undefined) return;
    const code = String(details['code']);
    if (code === 'NOT_AUTHORISED') telemetry.refused('not_authorised');
    telemetry.failed(action.startsWith('apuesta_') ? 'rejects' : 'errors', code, peer.agency);
  };
}

/** Counts what is parsed, where, and how long that takes. */
class MeasuredParser implements Parser {
  constructor(
    private readonly parser: Parser,
    private readonly telemetry: Telemetry,
    private readonly clock: Pick<Clock, 'nowMs'>,
  ) {}

  parse(messages: readonly Parsable[]): Parsed[] | PromiseLike<Parsed[]> {
    const { telemetry, clock } = this;
    const parsed = this.parser.parse(messages);
    if (Array.isArray(parsed)) {
      telemetry.parsedInline += messages.length;
      this.note(messages, parsed, 0);
      return parsed;
    }
    const startMs = clock.nowMs();
    telemetry.poolTasks++;
    return parsed.then((found) => {
      telemetry.poolTasks--;
      telemetry.parsedPooled += messages.length;
      this.note(messages, found, clock.nowMs() - startMs);
      return found;
    });
  }

  private note(messages: readonly Parsable[], parsed: readonly Parsed[], pooledMs: number): void {
    let rows = 0;
    let bytes = 0;
    for (const message of messages) {
      bytes += message.kind === 'bets' ? message.rows.length : message.bytes.length;
    }
    for (const { verdict } of parsed) rows += verdict.ok ? verdict.count : verdict.index;
    this.telemetry.turns.parsed(rows, bytes, pooledMs);
  }
}

/** Counts what becomes durable, in which groups, and how long that takes. */
function measuredStore(
  store: Pick<BetStore, 'commit' | 'claim'>,
  telemetry: Telemetry,
  clock: Pick<Clock, 'nowMs'>,
): Pick<BetStore, 'commit' | 'claim'> {
  return {
    claim: (agency) =>
      whenThere(store.claim(agency), (totals) => {
        if (totals === null) telemetry.storeUnavailable.claim++;
        return totals;
      }),
    commit: (group, done) => {
      const startMs = clock.nowMs();
      const { entries } = group;
      const stage = telemetry.turns.enter('commit');
      store.commit(group, (result) => {
        if (entries.length > 0) {
          const ms = clock.nowMs() - startMs;
          telemetry.groupEntries.observe(entries.length);
          telemetry.commitSeconds.observe(ms / 1_000);
          telemetry.turns.committed(entries.length, ms);
        }
        if (result.isUnavailable === true) telemetry.storeUnavailable.commit++;
        for (const entry of entries) {
          if (entry.kind !== 'bets' || result.refused.has(entry.agency)) continue;
          telemetry.betsStored += entry.count;
        }
        done(result);
      });
      telemetry.turns.enter(stage);
    },
  };
}

/** Counts the bytes that arrive, beside those that are held. */
class ReceivedBytes extends ByteMeter {
  constructor(private readonly telemetry: Telemetry) {
    super();
  }

  override add(count: number): void {
    if (count > 0) this.telemetry.bytesReceived += count;
    super.add(count);
  }
}
