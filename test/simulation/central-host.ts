/** The central's machine: one life of the central after the other, on one disk. */
import { LoteriaError } from '../../src/base/errors';
import { LOTTERY_WINNER_NUMBER } from '../../src/domain/bet';
import type { Edition } from '../../src/domain/contest';
import { agreeOnTerms, type WantedTerms } from '../../src/server/draw/agree-terms';
import { ActaWriter } from '../../src/server/draw/acta-writer';
import { Central } from '../../src/server/turn/central';
import { Drawing } from '../../src/server/draw/drawing';
import { openContest, type ContestParts } from '../../src/server/contest/open-contest';
import { Lottery } from '../../src/server/session/lottery';
import { StoreWatch } from '../../src/server/store-watch';
import { demandOwnActa } from '../../src/store/file/acta';
import { expectActa } from '../../src/store/file/acta-pending';
import type { Files } from '../../src/store/file/files';
import { StoreGuard } from '../../src/store/file/guard';
import { isUntouched } from '../../src/store/state';
import { Store } from '../../src/store/file/store';
import { WINNERS_NAME, type WinnersFile } from '../../src/store/file/winners-file';
import type { FaultRule } from '../support/memory-faults';
import { MemoryFiles } from '../support/memory-files';
import {
  codecFor,
  parserFor,
  readRangesLater,
  runStepsLater,
  type CodecSettings,
  type ScanSettings,
} from './central-parts';
import { DiskDamage } from './disk-damage';
import type { Network } from './network';
import type { Referee } from './referee';
import { SimFiles } from './sim-files';
import { describe, SimProcess } from './sim-process';
import type { Detail } from './trace';
import { CheckFailure, type World } from './world';

const DIRECTORY = '/data';
/** What somebody changes while the central runs, or does not. */
const DAMAGED_RUNNING = [`${DIRECTORY}/bets.csv`, `${DIRECTORY}/winners.csv`];
const DAMAGED_COLD = [...DAMAGED_RUNNING, `${DIRECTORY}/acta.json`];
/** Within which a central must end that has met a failing disk, or was asked to stop. */
const STOP_MS_MAX = 15_000;

export interface CentralSettings extends ScanSettings, CodecSettings {
  readonly edition: Edition;
  readonly agencies: number;
  readonly window: number;
  readonly commitBytesMax: number;
  readonly segmentBytes: number;
  readonly syncMsMax: number;
  /** Whether rows are sometimes checked elsewhere, and the turn goes on later. */
  readonly checksLater: boolean;
  readonly shortWrites: boolean;
}

/** How a life ends. */
export type End = 'kill' | 'power' | 'exit';

export class CentralHost {
  private disk = MemoryFiles.withDirectory(DIRECTORY);
  private process: SimProcess | null = null;
  private central: Central | null = null;
  private store: Store | null = null;
  private drawing: Drawing | null = null;
  private lives = 0;
  /** When the disk first failed in this life. */
  private faultMs: number | null = null;
  private stopping = false;
  private closeEdition: () => void = () => undefined;
  private acta: ActaWriter | null = null;
  private actaWritten = false;
  private draws = 0;
  private readonly damage: DiskDamage;
  /** Ends of lives, and requests to end. */
  endings = 0;

  /** Asked at every call of the disk. */
  faultRule: FaultRule = () => null;
  /** How long the central stays away after its end. */
  downMs: () => number = () => 100;

  constructor(
    private readonly world: World,
    private readonly network: Network,
    private readonly referee: Referee,
    private readonly settings: CentralSettings,
  ) {
    this.damage = new DiskDamage(world);
    referee.csvNow = () =>
      this.damage.undo(this.disk.contents()).get(`${DIRECTORY}/bets.csv`) ?? Buffer.alloc(0);
  }

  get isServing(): boolean {
    return this.central !== null;
  }

  /** Whether nothing is left to be written that nobody waits for. */
  get isComplete(): boolean {
    return this.isServing && (this.actaWritten || this.settings.edition === '2020');
  }

  get isAlive(): boolean {
    return this.process !== null;
  }

  /** Calls of the disk in this life. */
  get calls(): number {
    return this.disk.calls.length;
  }

  /** Whether the central knows durably that an agency has no more bets. */
  isFinished(agency: number): boolean {
    return this.store?.state.agencies.get(agency)?.finished ?? false;
  }

  start(): void {
    if (this.process !== null) return;
    const { world, network } = this;
    network.hostUp = true;
    this.faultMs = null;
    this.stopping = false;
    const name = `central.${String(++this.lives)}`;
    const process = new SimProcess(world, name, (action, result, details) => {
      this.referee.onCentralLog(action, result);
      if (action === 'acta') this.onActa(process, result, details);
    });
    this.process = process;
    world.note(name, 'starts');
    this.loseWinnersFile();
    if (world.random.chance(0.05) && !this.damage.isPending) this.tryOtherSettings();
    this.prepareDisk();
    process.run(() => {
      this.openStore(process);
    });
  }

  /** Ends this life at once. */
  die(end: End): void {
    const { process, world } = this;
    if (process === null) return;
    world.note(process.name, `dies: ${end}`);
    this.endings++;
    process.die();
    this.process = null;
    this.central = null;
    this.store = null;
    this.closeEdition = () => undefined;
    this.drawing = null;
    this.acta = null;
    this.network.listener = null;
    this.network.hostUp = end !== 'power';
    this.network.processDied(process, end === 'power');
    this.disk = end === 'power' ? this.disk.crash(world.random.next) : this.disk.kill();
    world.schedule(this.downMs(), () => {
      this.start();
    });
  }

  /** Changes what is stored, also under a central that runs. */
  damageDisk(): void {
    const { damage, disk } = this;
    if (this.isAlive && !this.isServing) return;
    damage.inflict(disk, this.isAlive ? DAMAGED_RUNNING : DAMAGED_COLD);
  }

  /** Asks the central to end in good order. */
  stop(): void {
    const { process, central, store, world } = this;
    if (process === null || central === null || store === null || this.stopping) return;
    this.stopping = true;
    this.endings++;
    this.network.listener = null;
    world.note(process.name, 'is asked to stop');
    process.run(() => {
      central.stop(() => {
        this.checkPersisted(process.name);
        this.acta?.finish(() => {
          this.close(process, store);
        });
      });
    });
    world.schedule(STOP_MS_MAX, () => {
      if (process.isAlive()) world.fail('clean stop', `${process.name} does not stop`);
    });
  }

  private close(process: SimProcess, store: Store): void {
    this.drawing?.end();
    try {
      this.closeEdition();
    } catch (error) {
      this.onFatal(process, error);
      return;
    }
    store.close(() => {
      if (this.disk.openDescriptors > 0) this.world.fail('clean stop', 'files are left open');
      this.die('exit');
    });
  }

  /** The acta is there, or could not be written: somebody reads the log, and starts again. */
  private onActa(
    process: SimProcess,
    result: string,
    details: Readonly<Record<string, Detail>>,
  ): void {
    if (result === 'success') {
      this.actaWritten = true;
      const files = this.damage.undo(this.disk.contents());
      this.referee.disk.checkDigest(files, details['digest']);
      return;
    }
    if (result !== 'fail') return;
    if (this.faultMs === null && !this.damage.isPending) {
      this.world.fail('acta', `${process.name}: ${String(details['error'])}`);
    }
    this.world.schedule(1_000, () => {
      if (!process.isAlive()) return;
      this.damage.restore(this.disk);
      this.stop();
    });
  }

  /** What would be found if the power went now. */
  imagineCrash(): void {
    if (this.process === null) return;
    const disk = this.disk.ifPowerWent(this.world.random.next);
    this.damage.mend(disk);
    this.recover(disk, 'if the power went now', false);
  }

  /** What is found at the end. */
  checkEnd(): void {
    const disk = this.disk.ifPowerWent(this.world.random.next);
    this.damage.mend(disk);
    const { state } = this.recover(disk, 'at the end', true);
    this.referee.disk.checkEnd({ state, files: disk.contents() });
    this.checkPersisted('at the end');
  }

  private checkPersisted(where: string): void {
    if (this.settings.edition !== '2020') return;
    this.referee.disk.checkPersistedWinners(this.damage.undo(this.disk.contents()), where);
  }

  /** Sometimes somebody has removed what can be found again. */
  private loseWinnersFile(): void {
    const path = `${DIRECTORY}/${WINNERS_NAME}`;
    if (!this.world.random.chance(0.1) || !this.disk.exists(path)) return;
    this.world.note('disk', 'loses', path);
    this.disk.remove(path);
    this.disk.syncDirectory(DIRECTORY);
    this.referee.disk.mayLackWinnersFile = true;
  }

  private prepareDisk(): void {
    const { random } = this.world;
    if (this.settings.shortWrites) {
      this.disk.shortenWrites((bytes) =>
        random.chance(0.3) ? Math.ceil(random.next() * bytes) : bytes,
      );
    }
    this.disk.failWhen((call) => {
      const code = this.faultRule(call);
      if (code !== null && this.process !== null) {
        this.world.note('disk', call.kind, call.path, code);
        this.faultMs ??= this.world.nowMs;
        this.watchFault(this.process);
      }
      return code;
    });
  }

  /** Whoever has met a failing disk must end. */
  private watchFault(process: SimProcess): void {
    this.world.schedule(STOP_MS_MAX, () => {
      if (process.isAlive()) {
        this.world.fail('failed writes', `${process.name} goes on after its disk has failed`);
      }
    });
  }

  private recover(disk: MemoryFiles, where: string, isReal: boolean): Store {
    const { world, settings, referee } = this;
    let store: Store;
    try {
      const { segmentBytes, edition } = settings;
      store = Store.open({
        directory: DIRECTORY,
        files: disk,
        segmentBytes,
        edition,
        onFailure: (error) => {
          world.fail('recovery', describe(where, error));
        },
      });
    } catch (error) {
      if (error instanceof CheckFailure) throw error;
      return world.fail('recovery', describe(where, error));
    }
    referee.onRecovered({ state: store.state, files: disk.contents() }, where, isReal);
    return store;
  }

  private openStore(process: SimProcess): void {
    const { world, settings } = this;
    const files = new SimFiles(this.disk, process, settings.syncMsMax);
    const before = this.damage.isPending ? this.disk.contents() : null;
    let store: Store;
    try {
      store = Store.open({
        directory: DIRECTORY,
        files,
        segmentBytes: settings.segmentBytes,
        edition: settings.edition,
        onFailure: (error) => {
          this.onFatal(process, error);
        },
      });
    } catch (error) {
      if (error instanceof LoteriaError && this.disk.openDescriptors > 0) {
        if (process.isAlive()) world.fail('recovery', 'files are left open');
      }
      // The power may have gone while the refused files were closed.
      if (before !== null && isDamage(error) && process.isAlive()) {
        this.demandUnchanged(before, 'a refused start');
      }
      this.onFatal(process, error);
      return;
    }
    if (!process.isAlive()) return;
    const recovered = { state: store.state, files: this.damage.undo(this.disk.contents()) };
    this.referee.onRecovered(recovered, process.name, true);
    this.serveOnceReady(process, store, files);
  }

  private serveOnceReady(process: SimProcess, store: Store, files: Files): void {
    const { world } = this;
    const { agencies, window, edition, scanChunkBytes, scanRangeBytes } = this.settings;
    const terms = agreeOnTerms(DIRECTORY, store.state, this.wantedTerms, () => '');
    if (terms !== null) {
      // As at a real start: durable before anybody is served.
      store.commit([{ kind: 'terms', terms }], () => {
        this.serveOnceReady(process, store, files);
      });
      return;
    }
    const lottery = new Lottery({ agencies, window, edition }, store.state);
    const drawing = new Drawing({
      files,
      directory: DIRECTORY,
      store,
      clock: process.clock,
      findNumber: () => LOTTERY_WINNER_NUMBER,
      readRanges: (audit) => readRangesLater(process, files, scanChunkBytes, audit),
      runSteps: (step) => runStepsLater(process, step),
      createId: () => {
        this.referee.onDraw();
        return (++this.draws).toString(16).padStart(16, '0');
      },
      onWinnersLost: (reason) => {
        world.note(process.name, 'winners lost', reason);
      },
      rangeBytes: scanRangeBytes,
    });
    this.drawing = drawing;
    const serve = (): void => {
      this.serve(process, store, lottery, drawing, files);
    };
    const { draw } = store.state;
    if (draw === null) {
      serve();
      return;
    }
    let reloaded: PromiseLike<WinnersFile>;
    try {
      reloaded = drawing.reload(draw);
    } catch (error) {
      this.onFatal(process, error);
      return;
    }
    reloaded.then(
      (winners) => {
        lottery.restoreDraw(winners);
        this.referee.disk.mayLackWinnersFile = false;
        this.damage.forget(`${DIRECTORY}/${WINNERS_NAME}`);
        try {
          demandOwnActa(files, DIRECTORY, store.state, (agency) => lottery.winnersOf(agency));
        } catch (error) {
          this.onFatal(process, error);
          return;
        }
        const found = this.damage.undo(this.disk.contents());
        this.referee.onRecovered(
          { state: store.state, files: found },
          `${process.name} reloads`,
          true,
        );
        serve();
      },
      (error: unknown) => {
        this.onFatal(process, error);
      },
    );
  }

  private get wantedTerms(): WantedTerms {
    const { agencies, edition } = this.settings;
    const winningNumber = { kind: 'fixed', number: 7574 } as const;
    return { agencies, winningNumber: edition === 'lottery' ? winningNumber : null };
  }

  /** Somebody starts a central with other settings: it must not come up, nor change anything. */
  private tryOtherSettings(): void {
    const { world, settings, disk } = this;
    const { agencies, edition, segmentBytes } = settings;
    const before = disk.contents();
    if (!before.has(`${DIRECTORY}/journal.a`)) return;
    const other = edition === 'lottery' ? '2020' : 'lottery';
    const open = (wanted: Edition): Store =>
      Store.open({
        directory: DIRECTORY,
        files: disk,
        segmentBytes,
        edition: wanted,
        onFailure: (error) => {
          world.fail('recovery', describe('with other settings', error));
        },
      });
    this.expectRefused(() => open(other));
    this.demandUnchanged(before, `a start in edition ${other}`);
    const store = open(edition);
    const { wantedTerms } = this;
    if (!isUntouched(store.state)) {
      const more = { ...wantedTerms, agencies: agencies + world.random.pick([1, -1]) };
      this.expectRefused(() => agreeOnTerms(DIRECTORY, store.state, more, () => ''));
      const number = { kind: 'fixed', number: 1234 } as const;
      const otherNumber = { ...wantedTerms, winningNumber: number };
      this.expectRefused(() => agreeOnTerms(DIRECTORY, store.state, otherNumber, () => ''));
    }
    store.close(() => undefined);
  }

  private demandUnchanged(before: ReadonlyMap<string, Buffer>, what: string): void {
    for (const [path, bytes] of this.disk.contents()) {
      if (before.get(path)?.equals(bytes) === true) continue;
      this.world.fail('refused without a change', `${what} changed ${path}`);
    }
  }

  private expectRefused(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      if (error instanceof LoteriaError && error.code === 'CONFIG_INVALID') return;
      this.world.fail('other settings', describe('refused otherwise', error));
    }
    this.world.fail('other settings', 'they were taken');
  }

  private serve(
    process: SimProcess,
    store: Store,
    lottery: Lottery,
    drawing: Drawing,
    files: Files,
  ): void {
    const { settings } = this;
    const { edition } = settings;
    const onFatal = (error: unknown): void => {
      this.onFatal(process, error);
    };
    const guard = new StoreGuard(files);
    const watch = new StoreWatch({ guard, clock: process.clock, onFatal });
    let own: ContestParts | null;
    try {
      store.watchedBy(guard);
      own = openContest({ edition, files, directory: DIRECTORY, store, guard, onFatal });
    } catch (error) {
      onFatal(error);
      return;
    }
    const acta = new ActaWriter({
      files,
      directory: DIRECTORY,
      store,
      readRanges: (audit) => readRangesLater(process, files, settings.scanChunkBytes, audit),
      lottery,
      logger: process.logger,
      clock: process.clock,
    });
    this.acta = acta;
    this.closeEdition = () => {
      watch.stop();
      own?.close();
    };
    const central = new Central({
      clock: process.clock,
      logger: process.logger,
      parser: parserFor(process, settings.checksLater),
      lottery,
      createCodec: () => codecFor(null, settings),
      draw: () =>
        drawing.make().then((outcome) => {
          expectActa(files, DIRECTORY);
          return outcome;
        }),
      onDrawn: () => {
        this.referee.onDrawn();
        acta.begin();
      },
      onFatal,
      commitBytesMax: settings.commitBytesMax,
      ...own?.parts,
      store: { commit: watch.commitOf(own?.parts.store ?? store) },
    });
    this.central = central;
    this.store = store;
    this.checkPersisted(process.name);
    this.network.listener = {
      process,
      accept: (transport, dialect) => {
        central.accept(transport, () => codecFor(dialect, settings));
      },
    };
    central.start();
    watch.start();
    acta.begin();
  }

  private onFatal(process: SimProcess, error: unknown): void {
    if (!process.isAlive()) return;
    if (error instanceof CheckFailure) throw error;
    if (isDamage(error) && this.damage.explains(error.message)) {
      this.world.note(process.name, 'refuses', error.message);
      this.die('exit');
      this.damage.restore(this.disk);
      return;
    }
    const code = error instanceof LoteriaError ? error.code : 'STORE_IO';
    if (this.faultMs === null || code !== 'STORE_IO' || !isSystemError(error)) {
      this.world.fail('stops only for its disk', describe(process.name, error));
    }
    this.die('exit');
  }
}

function isDamage(error: unknown): error is LoteriaError {
  return error instanceof LoteriaError && error.code === 'STORE_DAMAGED';
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && (error instanceof LoteriaError || 'code' in error);
}
