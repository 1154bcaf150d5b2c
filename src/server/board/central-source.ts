/** What the board shows of a central, gathered from where it is. */
import type {
  BoardSource,
  CentralGauges,
  ConnectionState,
  StoredActa,
  WinnersPage,
} from '../../board/source';
import type { AgencyRow, AwaitedSalt, BoardState, DrawResult } from '../../board/feed';
import type { Clock } from '../../base/clock';
import { LIMITS } from '../../base/limits';
import { programCommand } from '../../base/program/program-command';
import { actaText, type Acta } from '../../store/acta';
import type { BetStore } from '../../store/bet-store';
import { commitmentOf, randomTerms, saltOf } from '../../store/terms';
import type { Telemetry } from '../../telemetry/telemetry';
import type { Lottery } from '../session/lottery';
import type { Session } from '../session/state';
import type { CentralView } from '../turn/central-options';
import { agencyRows } from './agency-rows';

export interface CentralParts {
  readonly lottery: Lottery;
  readonly store: Pick<BetStore, 'kind' | 'state'>;
  /** How a command of a shell names the store. */
  readonly storeWords: string;
  /** What the central holds now. */
  readonly view: () => CentralView;
}

export class CentralSource implements BoardSource {
  private readonly startedMs: number;
  /** The same on the clock that only goes forward. */
  private readonly startedAtMs: number;
  private readonly commitment: string | null;
  /** Found once: that reads the folders of PATH. */
  private readonly program = programCommand();
  private storedActa: Acta | null = null;
  private actaError: string | null = null;
  private isStarted = false;

  constructor(
    readonly telemetry: Telemetry,
    private readonly parts: CentralParts,
    private readonly clock: Pick<Clock, 'nowMs' | 'wallTimeMs'>,
  ) {
    this.startedMs = Math.round(clock.wallTimeMs());
    this.startedAtMs = clock.nowMs();
    const random = randomTerms(parts.store.state.terms?.winningNumber ?? null);
    this.commitment = random === null ? null : commitmentOf(random.seed);
  }

  /** Agencies are served from now on. */
  noteStarted(): void {
    this.isStarted = true;
  }

  /** The acta is stored. */
  noteActa(acta: Acta): void {
    this.storedActa = acta;
    this.actaError = null;
  }

  /** The acta could not be written. @param code of the error, as in the log */
  noteActaFailed(code: string): void {
    this.actaError = code;
  }

  state(): BoardState {
    const { lottery, store, view } = this.parts;
    let bets = 0;
    let finished = 0;
    for (const totals of store.state.agencies.values()) {
      bets += totals.stored;
      finished += Number(totals.finished);
    }
    const salt = this.awaitedSalt;
    return {
      phase: salt === null ? lottery.phase : 'salt',
      edition: lottery.edition,
      store: store.kind,
      expected: lottery.expected,
      finished,
      waiting: lottery.waiting.size,
      bets,
      startedMs: this.startedMs,
      upMs: Math.round(this.clock.nowMs() - this.startedAtMs),
      commitment: this.commitment,
      salt,
      draw: this.draw,
      stopping: view().isStopping,
    };
  }

  agencies(): AgencyRow[] {
    const { lottery, store } = this.parts;
    const { telemetry, startedAtMs } = this;
    return agencyRows({
      ...{ lottery, stored: store.state, sessions: this.sessions(), history: telemetry.agencies },
      ...{ startedAtMs, nowMs: this.clock.nowMs() },
    });
  }

  gauges(): CentralGauges {
    const { inputBytes, outputBytes } = this.parts.view();
    const connections = { handshake: 0, established: 0, waiting: 0, ended: 0 };
    for (const session of this.sessions()) connections[connectionStateOf(session)]++;
    return { connections, inputBytes, outputBytes };
  }

  acta(): StoredActa | null {
    const { storedActa: acta } = this;
    return acta === null ? null : { drawId: acta.draw_id, text: actaText(acta) };
  }

  async winners(number: number, first: number): Promise<WinnersPage | null> {
    const { lottery, store } = this.parts;
    const agency = lottery.agency(number);
    const { draw } = store.state;
    if (agency === undefined || draw === null || lottery.phase !== 'drawn') return null;
    const found = lottery.allWinnersOf(agency);
    const { total } = found;
    const begin = Math.min(first, total);
    const documents = await found.page(begin, LIMITS.boardWinnersBytesMax);
    return { drawId: draw.id, agency: number, total, first: begin, documents };
  }

  isReady(): boolean {
    return this.isStarted && !this.parts.view().isStopping;
  }

  private get awaitedSalt(): AwaitedSalt | null {
    const { lottery, store, storeWords } = this.parts;
    if (lottery.phase !== 'drawing') return null;
    const { terms, salt } = store.state;
    const random = randomTerms(terms?.winningNumber ?? null);
    const awaited = random === null ? null : saltOf(random, salt);
    if (awaited?.kind !== 'awaited') return null;
    const recordCommand = `${this.program} store salt ${storeWords} VALUE`;
    return { source: awaited.source, recordCommand };
  }

  private get draw(): DrawResult | null {
    const { lottery, store } = this.parts;
    const { draw } = store.state;
    if (draw === null || lottery.phase !== 'drawn') return null;
    const { id, timeMs, winningNumber, winners } = draw;
    const betsDigest = this.storedActa?.digest ?? null;
    const { actaError, verifyCommand } = this;
    return { id, timeMs, winningNumber, winners, betsDigest, actaError, verifyCommand };
  }

  private get verifyCommand(): string {
    const { storedActa, commitment } = this;
    const digest = storedActa === null ? '' : ` --digest ${storedActa.digest}`;
    const promised = commitment === null ? '' : ` --commitment ${commitment}`;
    return `${this.program} verify ${this.parts.storeWords}${digest}${promised}`;
  }

  private *sessions(): Iterable<Session> {
    for (const { session } of this.parts.view().peers.values()) yield session;
  }
}

function connectionStateOf({ state, held }: Session): ConnectionState {
  switch (state.phase) {
    case 'handshake':
    case 'claiming':
      return 'handshake';
    case 'unnamed':
    case 'established':
      return held === null ? 'established' : 'waiting';
    case 'ended':
      return 'ended';
  }
}
