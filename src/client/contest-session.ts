/**
 * The agency's side of the 2020 edition (docs/PROTOCOL.md, section 12): like the lottery's, but each
 * batch is answered with its winners, and at the end the total of all agencies is asked for until
 * none of them is missing.
 */
import { invariant } from '../base/invariant';
import { contestantOf } from '../domain/contestant-rows';
import type { ResultsReply, TotalReply } from '../protocol/commands';
import { AgencySession, type AgencySessionOptions } from './agency-session';
import type { Batch } from './batch';

export interface ContestSessionOptions extends AgencySessionOptions {
  /** Pause before the total is asked for again while agencies are missing. */
  readonly retryMs: number;
}

export class ContestSession extends AgencySession {
  /** The last word of the central on how many contestants it has, and how many of them have won. */
  private standing = { stored: 0, winners: 0 };
  /** Whether that word, which follows WELCOME, has come on this connection. */
  private greeted = false;
  /** Winners of the answer that is coming in. */
  private answered: Buffer[] = [];
  /** A question for the total, or for one contestant once more, is open. */
  private asked = false;
  private hasLoggedShare = false;
  /** The contestant of an agency that has only one, and what became of it. */
  private single: { readonly batch: Batch; hasWon: boolean | null } | null = null;

  constructor(private readonly contest: ContestSessionOptions) {
    super(contest);
  }

  override get isWaitingForCentral(): boolean {
    return this.currentPhase === 'asking' ? this.asked : this.asked || super.isWaitingForCentral;
  }

  protected override introduce(): void {
    const { agency, token } = this.contest;
    this.greeted = false;
    this.answered = [];
    this.asked = false;
    this.send({ kind: 'introduce', agency, token, edition: '2020' });
  }

  protected override hearOther(reply: ResultsReply | TotalReply): void {
    if (reply.kind === 'total') this.hearTotal(reply);
    else if (this.greeted) this.hearResults(reply);
    else {
      this.greeted = true;
      this.standing = { stored: reply.upTo, winners: reply.winners };
    }
  }

  private hearResults({ upTo, winners, isLast, rows }: ResultsReply): void {
    this.standing = { stored: upTo, winners };
    this.answered.push(...rows);
    if (!isLast) return;
    const own = this.answered;
    this.answered = [];
    for (const row of own) {
      const { firstName, lastName, document, birthdate } = contestantOf(row);
      const details = { nombre: firstName, apellido: lastName, dni: document };
      this.log('debug', 'ganador', 'success', { ...details, nacimiento: birthdate });
    }
    const { single } = this;
    if (single === null) {
      this.log('debug', 'ganadores_recibidos', 'success', { ganadores: own.length });
    } else single.hasWon = own.length > 0;
    const wasAskedAgain = this.asked;
    this.asked = false;
    if (wasAskedAgain) this.finishLoading();
    else this.hearAck(upTo);
  }

  private hearTotal({ winners, pending }: TotalReply): void {
    if (this.currentPhase !== 'asking' || !this.asked) return;
    this.asked = false;
    if (pending > 0) {
      const details = { total: winners, agencias_pendientes: pending };
      this.log('info', 'consulta_total', 'in_progress', details);
      this.askLater(this.contest.retryMs);
      return;
    }
    this.log('info', 'consulta_total', 'success', { total: winners });
    this.send({ kind: 'goodbye' });
    this.end({ stored: this.standing.stored, winners: null });
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
      this.asked = true;
      this.sendBatch(batch);
      return;
    }
    const { document } = contestantOf(batch.rows);
    const details = { dni: document, ganador: hasWon ? 'si' : 'no' };
    this.log('info', 'consulta_ganador', 'success', details);
    super.finishLoading();
  }

  /** Asks for the total; the share of winners is known by now. */
  protected override ask(): void {
    if (this.asked) return;
    this.logShare();
    this.asked = true;
    this.send({ kind: 'ask_total' });
  }

  private logShare(): void {
    if (this.hasLoggedShare) return;
    this.hasLoggedShare = true;
    const { stored, winners } = this.standing;
    invariant(winners <= stored, 'there are no more winners than contestants');
    const share = stored === 0 ? 0 : (100 * winners) / stored;
    const details = { participantes: stored, ganadores: winners, porcentaje: share.toFixed(2) };
    this.log('info', 'porcentaje_ganadores', 'success', details);
  }
}
