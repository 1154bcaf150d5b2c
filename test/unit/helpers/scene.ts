/** A lottery with sessions, driven by hand: no socket, no disk, no clock. */
import { isPending } from '../../../src/base/eventual';
import { checkRows } from '../../../src/domain/row-check';
import type { BetsCommand, Command, Reply } from '../../../src/protocol/commands';
import { answerClaim, establish } from '../../../src/server/session/claim';
import type { Effect, EffectSink } from '../../../src/server/session/effects';
import { OpenIdentity, type Identity } from '../../../src/server/session/identity';
import { Lottery } from '../../../src/server/session/lottery';
import { handleCommand } from '../../../src/server/session/session';
import { leave } from '../../../src/server/session/end';
import { Session, type PeerIdentity } from '../../../src/server/session/state';
import { announceDraw, sendHeartbeats } from '../../../src/server/session/winners';
import type { Winners } from '../../../src/store/bet-store';
import {
  applyEntry,
  emptyState,
  totalsOf,
  type DrawRecord,
  type StoreEntry,
  type StoreState,
} from '../../../src/store/state';
import { crcOf, rows, type RowFields } from '../../support/wire-builder';
import { winnersOf, type WinnerList } from '../../support/winners-list';

/** The bets of an agency, as many as a test wants; those at `wins` are on the winning number. */
export function betsOf(agency: number, count: number, wins: readonly number[] = []): RowFields[] {
  return Array.from({ length: count }, (_, i) => ({
    agency,
    firstName: i % 2 === 0 ? 'Nora' : 'Pérez, "hijo"',
    lastName: 'Ibáñez',
    document: String(agency * 1_000 + i),
    birthdate: '1988-04-23',
    number: wins.includes(i) ? 7574 : i,
  }));
}

/** Bets `offset` to `offset + count` of an agency, as a message. */
export function batchOf(
  agency: number,
  offset: number,
  count: number,
  form: 'bet' | 'batch' = 'batch',
): BetsCommand {
  const bets = betsOf(agency, offset + count);
  const checksum = crcOf(rows(...bets));
  return { kind: 'bets', form, offset, checksum, count, rows: rows(...bets.slice(offset)) };
}

export const DRAW: DrawRecord = {
  id: '0123456789abcdef',
  timeMs: 5,
  winningNumber: 7574,
  winners: 3,
  digest: '0'.repeat(64),
};

export class Scene {
  readonly lottery: Lottery;
  /** What the disk would hold. */
  readonly disk: StoreState;
  /** Rows on the disk, in order. */
  readonly diskRows: Buffer[] = [];
  nowMs = 1_000;
  private nextId = 1;

  constructor(
    agencies = 5,
    window = 8,
    disk: StoreState = emptyState(),
    identity: Identity = new OpenIdentity(),
    drawn: Winners | null = null,
  ) {
    this.disk = disk;
    this.lottery = new Lottery({ agencies, window, identity }, disk, drawn);
  }

  /** A connection that has said nothing. */
  connect(winnersPageBytesMax = 8170, peer?: PeerIdentity): Session {
    return this.connectWith({ winnersPageBytesMax, run: 'resumed' }, peer);
  }

  connectWith(dialect: Session['dialect'], peer?: PeerIdentity): Session {
    return new Session(this.nextId++, dialect, peer);
  }

  /** A connection that speaks for an agency. */
  join(agency: number, winnersPageBytesMax = 8170): Session {
    const session = this.connect(winnersPageBytesMax);
    this.say(session, { kind: 'introduce', agency, token: Buffer.alloc(0) });
    return session;
  }

  say(session: Session, command: Command): Effect[] {
    const out: EffectSink = [];
    const { lottery, nowMs } = this;
    if (command.kind === 'bets') {
      const parsed = { verdict: checkRows(command.rows) };
      handleCommand(lottery, session, { command, parsed }, nowMs, out);
    } else handleCommand(lottery, session, { command }, nowMs, out);
    this.answerClaim(session, out);
    return out;
  }

  /** The store answers at once, unless something of the agency is on its way. */
  protected answerClaim(session: Session, out: EffectSink): void {
    if (session.state.phase !== 'claiming') return;
    const { agency } = session.state;
    if (agency.unsettled > 0) establish(this.lottery, session, out);
    else {
      this.lottery.takeOver(agency, totalsOf(this.disk, agency.number), out);
      answerClaim(this.lottery, session, true, out);
    }
  }

  /** Makes durable what is to be stored, then lets replies leave. @returns what this leads to */
  settle(effects: readonly Effect[]): Effect[] {
    const entries: StoreEntry[] = [];
    for (const effect of effects) {
      if (effect.kind === 'store') entries.push(effect.entry);
      else if (effect.kind === 'reply' && effect.answersBets === true) {
        effect.to.unanswered--;
      }
    }
    for (const entry of entries) {
      applyEntry(this.disk, entry);
      if (entry.kind === 'bets') this.diskRows.push(Buffer.from(entry.rows));
    }
    const out: EffectSink = [];
    if (entries.length > 0) this.lottery.settled(entries, out);
    return out;
  }

  /** Says something and lets it become durable. @returns what it was answered, and led to */
  receive(session: Session, command: Command): Effect[] {
    const effects = this.say(session, command);
    return [...effects, ...this.settle(effects)];
  }

  /** Loads the agency and declares it finished. */
  finish(session: Session, agency: number, bets: number): Effect[] {
    const loaded = bets > 0 ? this.receive(session, batchOf(agency, 0, bets)) : [];
    return [...loaded, ...this.receive(session, { kind: 'finished', total: bets })];
  }

  ask(session: Session, first = 0, wait = true): Effect[] {
    return this.receive(session, { kind: 'ask_winners', first, wait });
  }

  /** The winners are found. */
  draw(winners: WinnerList): Effect[] {
    const out: EffectSink = [];
    announceDraw(this.lottery, [{ kind: 'draw', draw: DRAW }], winnersOf(winners), out);
    return [...out, ...this.settle(out)];
  }

  signsOfLife(): Effect[] {
    const out: EffectSink = [];
    sendHeartbeats(this.lottery, this.nowMs, out);
    return out;
  }

  /** The connection breaks. */
  hangUp(session: Session): void {
    leave(this.lottery, session);
  }
}

export function repliesTo(session: Session, effects: readonly Effect[]): Reply[] {
  const found: Reply[] = [];
  for (const effect of effects) {
    if (effect.kind === 'reply' && effect.to === session) found.push(effect.reply);
    if (effect.kind === 'winners_page' && effect.to === session) found.push(pageOf(effect));
  }
  return found;
}

/** The page that the peer is sent. */
function pageOf({ to, winners, first }: Extract<Effect, { kind: 'winners_page' }>): Reply {
  const { total } = winners;
  const documents = winners.page(first, to.dialect.winnersPageBytesMax);
  if (isPending(documents)) throw new Error('these winners are in memory');
  return { kind: 'winners', total, first: Math.min(first, total), documents };
}

export function entriesOf(effects: readonly Effect[]): StoreEntry[] {
  return effects.flatMap((effect) => (effect.kind === 'store' ? [effect.entry] : []));
}

export function closedBy(effects: readonly Effect[]): Session[] {
  return effects.flatMap((effect) => (effect.kind === 'close' ? [effect.session] : []));
}

/** Log lines, in short: `INFO sorteo success` and their details. */
export function logsOf(effects: readonly Effect[]): [string, unknown][] {
  return effects.flatMap((effect) =>
    effect.kind === 'log'
      ? [[`${effect.level} ${effect.action} ${effect.result}`, effect.details ?? {}]]
      : [],
  );
}

export function countOf(kind: Effect['kind'], effects: readonly Effect[]): number {
  return effects.filter((effect) => effect.kind === kind).length;
}
