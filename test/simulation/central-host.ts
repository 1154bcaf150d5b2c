/** The central's machine: one life of the central after the other, on one disk. */
import { LoteriaError } from '../../src/base/errors';
import type { Edition } from '../../src/domain/contest';
import { agreeOnTerms, type WantedTerms } from '../../src/server/draw/agree-terms';
import { createCentral, type WiredCentral } from '../../src/server/create-central';
import type { BetStore } from '../../src/store/bet-store';
import { FileBetStore } from '../../src/store/file/file-bet-store';
import { StoreGuard } from '../../src/store/file/guard';
import { isUntouched } from '../../src/store/state';
import { Store } from '../../src/store/file/store';
import { WINNERS_NAME } from '../../src/store/file/winners-file';
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
import { SimStore } from './sim-store';
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
  private central: WiredCentral | null = null;
  private store: FileBetStore | null = null;
  private lives = 0;
  /** When the disk first failed in this life. */
  private faultMs: number | null = null;
  private stopping = false;
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
        this.close(store);
      });
    });
    world.schedule(STOP_MS_MAX, () => {
      if (process.isAlive()) world.fail('clean stop', `${process.name} does not stop`);
    });
  }

  private close(store: BetStore): void {
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
    const { segmentBytes, edition, scanChunkBytes, scanRangeBytes: rangeBytes } = settings;
    const files = new SimFiles(this.disk, process, settings.syncMsMax);
    const before = this.damage.isPending ? this.disk.contents() : null;
    const onFailure = (error: unknown): void => {
      this.onFatal(process, error);
    };
    let store: FileBetStore;
    try {
      store = FileBetStore.open(
        {
          directory: DIRECTORY,
          files,
          segmentBytes,
          edition,
          clock: process.clock,
          logger: process.logger,
          readRanges: (audit) => readRangesLater(process, files, scanChunkBytes, audit),
          runSteps: (step) => runStepsLater(process, step),
          guard: new StoreGuard(files),
          rangeBytes,
        },
        { onFailure },
      );
    } catch (error) {
      if (error instanceof LoteriaError && this.disk.openDescriptors > 0) {
        if (process.isAlive()) world.fail('recovery', 'files are left open');
      }
      if (before !== null && isDamage(error)) this.demandUnchanged(before, 'a refused start');
      onFailure(error);
      return;
    }
    if (!process.isAlive()) return;
    const recovered = { state: store.state, files: this.damage.undo(this.disk.contents()) };
    this.referee.onRecovered(recovered, process.name, true);
    this.serve(process, store);
  }

  /** The winners of an earlier draw are there: what was lost of them is made anew. */
  private onReloaded(process: SimProcess, { state }: FileBetStore): void {
    this.referee.disk.mayLackWinnersFile = false;
    this.damage.forget(`${DIRECTORY}/${WINNERS_NAME}`);
    const files = this.damage.undo(this.disk.contents());
    this.referee.onRecovered({ state, files }, `${process.name} reloads`, true);
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

  private serve(process: SimProcess, store: FileBetStore): void {
    const { settings } = this;
    const { edition, window, commitBytesMax } = settings;
    const onFatal = (error: unknown): void => {
      this.onFatal(process, error);
    };
    createCentral(
      {
        store: new SimStore(store, () => {
          this.onReloaded(process, store);
        }),
        clock: process.clock,
        logger: process.logger,
        parser: parserFor(process, settings.checksLater, edition),
        terms: this.wantedTerms,
        edition,
        window,
        createCodec: () => codecFor(null, settings),
        createDrawId: () => {
          this.referee.onDraw();
          return (++this.draws).toString(16).padStart(16, '0');
        },
        onDrawn: () => {
          this.referee.onDrawn();
        },
        onFatal,
        commitBytesMax,
      },
      (central) => {
        this.open(process, store, central);
      },
      onFatal,
    );
  }

  /** Lets agencies in. */
  private open(process: SimProcess, store: FileBetStore, central: WiredCentral): void {
    if (!process.isAlive()) return;
    this.central = central;
    this.store = store;
    this.checkPersisted(process.name);
    this.network.listener = {
      process,
      accept: (transport, dialect) => {
        central.accept(transport, () => codecFor(dialect, this.settings));
      },
    };
    central.start();
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
