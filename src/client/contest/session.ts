/**
 * The agency's session in the 2020 edition (docs/PROTOCOL.md, section 12): like the lottery's, but the
 * answer to each batch holds its winners, and at the end the agency asks for the total until no agency is
 * missing.
 */
import { invariant } from '../../base/invariant';
import { contestantOf } from '../../domain/contest-rows';
import type { ResultsReply, TotalReply } from '../../protocol/commands';
import type { Batch } from '../csv/batch';
import type { AgencySessionOptions } from '../session/agency-action';
import type { Welcome } from '../session/agency-loading';
import { AgencySession } from '../session/agency-session';
import { ContestCounts } from './counts';

export interface ContestSessionOptions extends AgencySessionOptions {
  /** Pause before asking for the total again while agencies are missing. */
  readonly retryMs: number;
}

export class ContestSession extends AgencySession {
  private readonly counts = new ContestCounts();
  /** The WELCOME of this connection, until the RESULTS behind it have come. */
  private welcome: Welcome | null = null;
  /** Winners of the answer that is coming in. */
  private answered: Buffer[] = [];
  private hasLoggedShare = false;
  /** The contestant of an agency that has only one, and what became of it. */
  private single: { readonly batch: Batch; hasWon: boolean | null } | null = null;

  constructor(private readonly contest: ContestSessionOptions) {
    super(contest);
  }

  protected override introduce(): void {
    const { agency, token } = this.contest;
    this.answered = [];
    this.counts.reconnect();
    this.send({ kind: 'introduce', agency, token, edition: '2020' });
  }

  protected override enter(welcome: Welcome): void {
    this.setPhase('standing');
    this.welcome = welcome;
  }

  /** Batches are answered with RESULTS. */
  protected override handleBatchAck(): void {
    this.failProtocol('it sent ACK for a batch of contestants');
  }

  protected override handleOther(reply: ResultsReply | TotalReply): void {
    if (reply.kind === 'total') this.handleTotal(reply);
    else if (reply.winners > reply.upTo) {
      const { winners, upTo } = reply;
      this.failProtocol(`it names ${String(winners)} winners among ${String(upTo)} contestants`);
    } else if (this.phase === 'handshake') {
      this.failProtocol('it sent RESULTS before WELCOME');
    } else if (this.phase === 'standing') this.handleStanding(reply);
    else this.handleResults(reply);
  }

  /** The RESULTS after WELCOME: answers no batch, counts the winners among the stored contestants. */
  private handleStanding({ upTo, winners, isLast, rows }: ResultsReply): void {
    const { welcome } = this;
    invariant(welcome !== null, 'the RESULTS behind no WELCOME');
    if (upTo !== welcome.stored || !isLast || rows.length > 0) {
      this.failProtocol(`the RESULTS behind WELCOME ${String(welcome.stored)} do not fit it`);
      return;
    }
    const problem = this.counts.welcome({ stored: upTo, winners });
    if (problem === undefined) this.resume(welcome);
    else this.failProtocol(problem);
  }

  private handleResults(results: ResultsReply): void {
    const { phase } = this;
    const batch = phase === 'repeating' ? this.single?.batch : this.queue.unanswered;
    if (batch === undefined || (phase !== 'loading' && phase !== 'repeating')) {
      this.noteIdleReply();
      return;
    }
    const { winners, isLast, rows } = results;
    const named = this.answered.length + rows.length;
    const problem =
      this.findFault(batch, results) ?? this.counts.results(batch, { winners, isLast, named });
    if (problem !== undefined) {
      this.failProtocol(problem);
      return;
    }
    this.answered.push(...rows);
    if (!isLast) return;
    this.logWinners(this.answered);
    this.answered = [];
    if (phase === 'repeating') this.finishLoading();
    else this.settle(batch.offset + batch.count);
  }

  /** The problem with RESULTS for a batch, if any. */
  private findFault(batch: Batch, { upTo, isLast, rows }: ResultsReply): string | undefined {
    // A batch that is sent again may be followed by others.
    const end = Math.max(batch.offset + batch.count, this.counts.standing.stored);
    if (upTo !== end) return `it sent RESULTS up to ${String(upTo)} in place of ${String(end)}`;
    if (!isLast && rows.length === 0) return 'it sent RESULTS without winners before the last';
    // Winners are a subsequence of the sent rows, which also bounds their number.
    const all = [...this.answered, ...rows];
    return areAmong(all, batch.rows) ? undefined : 'it names winners that were not in the batch';
  }

  private logWinners(own: readonly Buffer[]): void {
    for (const row of own) {
      const { firstName, lastName, document, birthdate } = contestantOf(row);
      const details = { nombre: firstName, apellido: lastName, dni: document };
      this.log('debug', 'ganador', 'success', { ...details, nacimiento: birthdate });
    }
    const { single } = this;
    if (single === null) {
      this.log('debug', 'ganadores_recibidos', 'success', { ganadores: own.length });
    } else single.hasWon = own.length > 0;
  }

  private handleTotal({ winners, pending }: TotalReply): void {
    if (this.phase !== 'asking') {
      this.noteIdleReply();
      return;
    }
    const problem = this.counts.totalOf(winners);
    if (problem !== undefined) {
      this.failProtocol(problem);
      return;
    }
    if (pending > 0) {
      const details = { total: winners, agencias_pendientes: pending };
      this.log('info', 'consulta_total', 'in_progress', details);
      this.askLater(this.contest.retryMs);
      return;
    }
    this.log('info', 'consulta_total', 'success', { total: winners });
    this.send({ kind: 'goodbye' });
    this.end({ stored: this.counts.standing.stored, winners: null });
  }

  protected override receivePulled(batch: Batch | null): void {
    if (batch?.form === 'bet') this.single ??= { batch, hasWon: null };
    super.receivePulled(batch);
  }

  protected override finishLoading(): void {
    const { single } = this;
    if (single === null) {
      super.finishLoading();
      return;
    }
    const { batch, hasWon } = single;
    if (hasWon === null) {
      // It is stored, and the answer was lost with its connection: sent again, it is known already.
      this.setPhase('repeating');
      this.sendBatch(batch);
      return;
    }
    const { document } = contestantOf(batch.rows);
    const details = { dni: document, ganador: hasWon ? 'si' : 'no' };
    this.log('info', 'consulta_ganador', 'success', details);
    super.finishLoading();
  }

  /** Asks for the total, and logs the share of winners, which is known by now. */
  protected override sendQuestion(): void {
    this.logShare();
    this.send({ kind: 'ask_total' });
  }

  private logShare(): void {
    if (this.hasLoggedShare) return;
    this.hasLoggedShare = true;
    const { stored, winners } = this.counts.standing;
    const share = stored === 0 ? 0 : (100 * winners) / stored;
    const details = { participantes: stored, ganadores: winners, porcentaje: share.toFixed(2) };
    this.log('info', 'porcentaje_ganadores', 'success', details);
  }
}

const LF = 0x0a;

/** Whether `rows` are rows of `block`, in its order. */
function areAmong(rows: readonly Buffer[], block: Buffer): boolean {
  let next = 0;
  for (let start = 0; start < block.length && next < rows.length;) {
    const end = block.indexOf(LF, start) + 1;
    if (rows[next]?.equals(block.subarray(start, end)) === true) next++;
    start = end;
  }
  return next === rows.length;
}
