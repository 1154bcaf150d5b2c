/**
 * Wires a central of the lottery: store, terms, draw, acta, edition and turn. Its environment (sockets, disk,
 * clock, pool) is a parameter, and may be simulated.
 */
import { settle, whenThere, type Eventual } from '../base/eventual';
import { LoteriaError } from '../base/errors';
import { LIMITS } from '../base/limits';
import { nodeCrypto } from '../base/node-crypto';
import { shellWord } from '../base/program/program-command';
import type { Edition } from '../domain/contest';
import type { BetStore } from '../store/bet-store';
import type { StoreEntry } from '../store/state';
import { commitmentOf, randomTerms, type Terms } from '../store/terms';
import type { BoardSource } from '../board/source';
import type { Telemetry } from '../telemetry/telemetry';
import { CentralSource } from './board/central-source';
import { measured } from './board/measured';
import { ActaWriter } from './draw/acta-writer';
import { agreeOnTerms, type WantedTerms } from './draw/agree-terms';
import { makeDraw, type DrawOutcome } from './draw/make-draw';
import { openContest } from './contest/open-contest';
import type { Identity } from './session/identity';
import { Lottery } from './session/lottery';
import { Central } from './turn/central';
import type { CentralOptions, CentralView } from './turn/central-options';

/** The parts of the central; optional ones have defaults. */
export interface CentralWiring extends Pick<
  CentralOptions,
  | 'clock'
  | 'logger'
  | 'parser'
  | 'createCodec'
  | 'peerLimits'
  | 'readSendQueues'
  | 'onFatal'
  | 'commitBytesMax'
> {
  /** Open, and used by nothing else. */
  readonly store: BetStore;
  readonly terms: WantedTerms;
  readonly edition: Edition;
  /** Authentication; undefined: none. */
  readonly identity?: Identity;
  /** Batches that an agency may have unanswered; undefined: as LIMITS has it. */
  readonly window?: number;
  /** Makes 16 hexadecimal digits that no other draw has. */
  readonly createDrawId?: () => string;
  /** Makes 32 random bytes in hexadecimal. */
  readonly createSeed?: () => string;
  /** The draw is durable, and held queries are answered. */
  readonly onDrawn?: () => void;
  /** Counts what the central does, for the board; undefined: there is no board, and nothing is counted. */
  readonly telemetry?: Telemetry;
  /** How a command of a shell names the store, for the board; undefined: by its name. */
  readonly storeWords?: string;
}

/** A central that has loaded its stored state. */
export interface WiredCentral {
  readonly accept: Central['accept'];
  /** Begins to serve, draws if that is due, and writes an acta that is missing. */
  start(): void;
  /**
   * Answers what was accepted, waits a bounded time for the acta, and leaves the store idle. When the store does
   * not answer in time, `onFatal` is called instead of `done`.
   *
   * @param done called when the store may be closed
   */
  stop(done: () => void): void;
  /** What the board shows of it; null without telemetry. */
  readonly source: BoardSource | null;
}

/**
 * Takes up the lottery that is stored, under its own terms, with its draw, if there was one.
 *
 * @param onReady called once, unless `onError` is
 * @param onError gets LoteriaError CONFIG_INVALID for other terms than those that are stored, with
 *   nothing changed; STORE_DAMAGED, STORE_IO
 */
export function createCentral(
  wiring: CentralWiring,
  onReady: (central: WiredCentral) => void,
  onError: (error: unknown) => void,
): void {
  const { store } = wiring;
  settle(
    () => takeUp(wiring),
    ({ lottery, newTerms }) => {
      const serve = (): void => {
        settle(() => whenThere(publish(wiring), () => wire(wiring, lottery)), onReady, onError);
      };
      if (newTerms === null) serve();
      else {
        const entries = [{ kind: 'terms', terms: newTerms }] as const;
        store.commit({ entries, promises: new Set() }, serve);
      }
    },
    onError,
  );
}

interface TakenUp {
  readonly lottery: Lottery;
  /** Terms to record before the first peer is served; null: the stored ones hold. */
  readonly newTerms: Terms | null;
}

function takeUp(wiring: CentralWiring): Eventual<TakenUp> {
  const { store, terms: wanted, edition, identity, createSeed = randomSeed } = wiring;
  const { window = LIMITS.windowBatchesDefault } = wiring;
  const newTerms = agreeOnTerms(store, store.state, wanted, createSeed);
  return whenThere(store.loadWinners(), (winners) => {
    const { agencies } = wanted;
    const options = { agencies, window, edition, ...(identity === undefined ? {} : { identity }) };
    return { lottery: new Lottery(options, store.state, winners), newTerms };
  });
}

/** Logs the commitment to the winning number; the seed is durable by now. */
function publish({ store, logger }: CentralWiring): Eventual<void> {
  return whenThere(store.publishTerms(), () => {
    const { terms, salt } = store.state;
    const random = randomTerms(terms?.winningNumber ?? null);
    if (random === null) return;
    const source = random.kind === 'beacon' ? random.source : null;
    const named = source === null ? {} : { salt_source: source };
    logger.info('commitment', 'success', { sha256: commitmentOf(random.seed), ...named });
    if (source === null || salt === null) return;
    logger.info('draw_salt', 'success', { source, value: salt.value });
  });
}

function wire(wiring: CentralWiring, lottery: Lottery): Eventual<WiredCentral> {
  const { store, logger, clock, onDrawn, telemetry } = wiring;
  const { storeWords = shellWord(store.name) } = wiring;
  return whenThere(openContest(store, logger), (own) => {
    const view = (): CentralView => central.view;
    const parts = { lottery, store, storeWords, view };
    const source = telemetry === undefined ? null : new CentralSource(telemetry, parts, clock);
    const acta = actaWriter(wiring, lottery, source, (digest) => {
      const isRecorded = (left: readonly StoreEntry[]): void => {
        if (left.length === 0) acta.recorded();
        else central.recordActa(digest);
      };
      settle(() => store.record([{ kind: 'acta_digest', digest }]), isRecorded, onFatal);
    });
    // Reads of a store that is abandoned fail, and nobody waits for them.
    let isAbandoned = false;
    const onFatal = (error: unknown): void => {
      if (!isAbandoned) wiring.onFatal(error);
    };
    const abandon = (): void => {
      isAbandoned = true;
      store.abandon();
    };
    const central: Central = new Central({
      ...wiring,
      onFatal,
      ...(telemetry === undefined ? {} : measured(wiring, telemetry)),
      lottery,
      draw: () => makeAndRecordDraw(wiring),
      onDrawn: () => {
        onDrawn?.();
        acta.begin();
      },
      onActaRecorded: () => {
        acta.recorded();
      },
      ...own,
    });
    return wired({ ...wiring, central, acta, source, abandon });
  });
}

/** @param record makes the acta's digest durable */
function actaWriter(
  { store, logger, clock }: CentralWiring,
  lottery: Lottery,
  source: CentralSource | null,
  record: (digest: string) => void,
): ActaWriter {
  return new ActaWriter({
    ...{ store, lottery, logger, clock, record },
    ...(source === null
      ? {}
      : {
          onActa: source.noteActa.bind(source),
          onActaFailed: source.noteActaFailed.bind(source),
        }),
  });
}

/** What the store has not recorded by itself is left to be committed. */
function makeAndRecordDraw({
  store,
  clock,
  createDrawId = randomId,
}: CentralWiring): Eventual<DrawOutcome> {
  return whenThere(makeDraw(store, clock, createDrawId), (outcome) =>
    whenThere(store.record(outcome.entries), (entries) => ({ ...outcome, entries })),
  );
}

interface Wires extends CentralWiring {
  readonly central: Central;
  readonly acta: ActaWriter;
  readonly source: CentralSource | null;
  /** The store is read no more. */
  readonly abandon: () => void;
}

function wired(wires: Wires): WiredCentral {
  const { store, clock, onFatal, central, acta, source, abandon } = wires;
  return {
    source,
    accept: central.accept.bind(central),
    start: () => {
      central.start();
      store.followOthers(central.finishElsewhere.bind(central));
      source?.noteStarted();
      acta.begin();
    },
    stop: (done) => {
      const cancel = clock.after(LIMITS.storeStopTimeoutMs, () => {
        const what =
          'it does not answer while the central stops; nobody was promised what it has not answered';
        onFatal(new LoteriaError('STORE_IO', `${store.name}: ${what}`));
      });
      central.stop(() => {
        acta.finish(() => {
          cancel();
          abandon();
          done();
        });
      });
    },
  };
}

function randomId(): string {
  return nodeCrypto().randomBytes(8).toString('hex');
}

function randomSeed(): string {
  return nodeCrypto().randomBytes(32).toString('hex');
}
