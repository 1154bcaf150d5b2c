/** The central's machine: one life of the central after the other, on one disk. */
import { LoteriaError } from '../../src/base/errors';
import type { FileBetStore } from '../../src/store/file/file-bet-store';
import { WINNERS_NAME } from '../../src/store/file/winners/winners-file';
import type { AgencyTotals, StoreEntry } from '../../src/store/state';
import type { FaultRule } from '../support/memory-faults';
import { MemoryFiles } from '../support/memory-files';
import { CentralLife } from './central-life';
import { openStore } from './open-store';
import { DIRECTORY, STOP_MS_MAX, type CentralSettings, type End } from './central-settings';
import { DiskDamage } from './disk-damage';
import { FailingDisk } from './failing-disk';
import { Inspection } from './inspection';
import type { Network } from './network';
import { Offline } from './offline';
import { demandUnchanged, Operator } from './operator';
import type { Referee } from './referee';
import { describe, SimProcess } from './sim-process';
import { SimStore } from './sim-store';
import { TakenFiles } from './taken-files';
import type { Detail } from './trace';
import { CheckFailure, type World } from './world';

const at = (...names: readonly string[]): string[] => names.map((name) => `${DIRECTORY}/${name}`);

/** What somebody changes while the central runs, or does not. */
const DAMAGED_RUNNING = at('bets.csv', 'winners.csv');
const DAMAGED_COLD = [...DAMAGED_RUNNING, ...at('acta.json')];
/** What a central that serves has open at all times. */
const OPEN_FILES = at('journal.a', 'journal.b', 'bets.csv');

export class CentralHost {
  private disk = MemoryFiles.withDirectory(DIRECTORY);
  private process: SimProcess | null = null;
  private life: CentralLife | null = null;
  private store: SimStore | null = null;
  /** Agencies that another central has claimed. */
  private readonly claimedElsewhere = new Set<number>();
  private lives = 0;
  private readonly failing: FailingDisk;
  private stopping = false;
  private actaWritten = false;
  private draws = 0;
  private readonly damage: DiskDamage;
  private readonly taken: TakenFiles;
  private readonly operator: Operator;
  private readonly offline: Offline;
  private readonly inspection: Inspection;
  /** No change of the number of agencies may wait any longer. */
  private mustSettle = false;
  /** Ends of lives, and requests to end. */
  endings = 0;

  /** How long the central stays away after its end. */
  downMs: () => number = () => 100;

  constructor(
    private readonly world: World,
    private readonly network: Network,
    private readonly referee: Referee,
    private readonly settings: CentralSettings,
  ) {
    const { book } = referee;
    this.damage = new DiskDamage(world);
    this.taken = new TakenFiles(world, book);
    this.failing = new FailingDisk(world, settings.shortWrites);
    this.operator = new Operator(world, book, settings);
    this.offline = new Offline(world, referee, this.operator, this.damage);
    this.inspection = new Inspection(world, settings, referee, this.damage);
    book.csvNow = () => this.inspection.fileOf(this.disk, `${DIRECTORY}/bets.csv`) ?? NOTHING;
  }

  /** Asked at every call of the disk. */
  set faultRule(rule: FaultRule) {
    this.failing.rule = rule;
  }

  get isServing(): boolean {
    return this.life?.isServing ?? false;
  }

  /** Whether nothing is left to be written that nobody waits for. */
  get isComplete(): boolean {
    return this.isServing && (this.actaWritten || this.settings.edition === '2020');
  }

  get isAlive(): boolean {
    return this.process !== null;
  }

  /** Whether the central knows durably that an agency has no more bets. */
  isFinished(agency: number): boolean {
    return this.store?.state.agencies.get(agency)?.finished ?? false;
  }

  start(): void {
    if (this.process !== null) return;
    const { world, network } = this;
    network.hostUp = true;
    this.stopping = false;
    const name = `central.${String(++this.lives)}`;
    const process = new SimProcess(world, name, (action, result, details) => {
      this.referee.onCentralLog(action, result);
      if (action === 'acta') this.onActa(process, result, details);
      if (action === 'draw_salt') this.onSalt(process, result, details);
      if (action === 'commitment') this.referee.book.number.onPublished(String(details['sha256']));
    });
    this.process = process;
    world.note(name, 'starts');
    this.disk = this.offline.work(this.disk, this.mustSettle);
    this.failing.prepare(this.disk, process);
    process.run(() => {
      this.takeUp(process);
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
    this.life = null;
    this.store = null;
    this.network.listener = null;
    this.network.hostUp = end !== 'power';
    this.network.processDied(process, end === 'power');
    this.taken.putBack(this.disk);
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

  /** Takes a file from under a central that serves. */
  takeFile(): void {
    const { life, store, stopping } = this;
    if (life?.isServing !== true || store === null || stopping) return;
    const isDrawn = store.state.draw !== null;
    const winners = this.settings.edition === '2020' ? ['winners'] : isDrawn ? [WINNERS_NAME] : [];
    const isThere = (path: string): boolean => this.disk.contentOf(path) !== null;
    // An acta that could not be made durable is not published: the next start writes it again.
    const acta = at('acta.pending').some(isThere) ? [] : ['acta.json'];
    const published = at(...acta, 'commitment.json').filter(isThere);
    const paths = [...OPEN_FILES, ...at(...winners), ...published];
    const goesOn = (): boolean => this.life === life && !life.isClosing;
    this.taken.noteDraw(isDrawn && this.isRemote);
    if (this.world.random.chance(0.25)) this.taken.takeAll(this.disk, goesOn);
    else this.taken.take(this.disk, paths, goesOn);
  }

  /** Whether its store is one that other centrals use, too. */
  get isRemote(): boolean {
    return this.settings.lateMsMax !== null;
  }

  /** Lets the next operation of the engine fail, or not. */
  failEngine(fails: boolean): void {
    this.store?.failNext(fails);
  }

  /** Its store takes no writes for a while, if it is one that other centrals use. */
  beginOutage(durationMs: number): void {
    // No entry of the 2020 edition may be refused.
    if (this.settings.edition === 'lottery') this.store?.beginOutage(durationMs);
  }

  /** Another central claims an agency, and stores some of its bets if `makeEntry` has any. */
  claimElsewhere(
    agency: number,
    makeEntries: (totals: Readonly<AgencyTotals>) => readonly StoreEntry[],
    onStored: () => void,
  ): void {
    const { store, life, stopping, settings } = this;
    if (store === null || life?.isServing !== true || stopping) return;
    if (!store.isRemote || settings.edition !== 'lottery') return;
    this.endings++;
    this.claimedElsewhere.add(agency);
    store.claimElsewhere(agency, makeEntries, onStored);
  }

  /** Whether another central has ever claimed an agency: its programs may be sent REPLACED. */
  wasClaimedElsewhere(agency: number): boolean {
    return this.claimedElsewhere.has(agency);
  }

  /** From now on every agency that is expected bets: the draw must become possible. */
  settle(): void {
    this.mustSettle = true;
    if (this.operator.isSettled) return;
    this.stop();
    this.world.schedule(1_000, () => {
      this.settle();
    });
  }

  /** Asks the central to end in good order. */
  stop(): void {
    const { process, life, world } = this;
    if (process === null || life?.isServing !== true || this.stopping) return;
    this.stopping = true;
    this.endings++;
    this.network.listener = null;
    world.note(process.name, 'is asked to stop');
    const onServed = (): void => {
      this.inspection.checkPersisted(this.disk, process.name);
    };
    life.stop(onServed, () => {
      if (this.disk.openDescriptors > 0) world.fail('clean stop', 'files are left open');
      this.die('exit');
    });
    world.schedule(STOP_MS_MAX, () => {
      if (process.isAlive()) world.fail('clean stop', `${process.name} does not stop`);
    });
  }

  /** What would be found if the power went now. */
  imagineCrash(): void {
    if (this.process !== null) this.inspection.imagineCrash(this.disk);
  }

  checkEnd(): void {
    this.inspection.checkEnd(this.disk);
  }

  /** The acta is there, or could not be written: somebody reads the log, and starts again. */
  private onActa(
    process: SimProcess,
    result: string,
    details: Readonly<Record<string, Detail>>,
  ): void {
    if (result === 'success') {
      this.actaWritten = true;
      this.referee.disk.checkDigest(this.inspection.filesOf(this.disk), details['digest']);
      return;
    }
    if (result !== 'fail') return;
    if (!this.failing.hasFailed && !this.damage.isPending && !this.taken.isPending) {
      this.world.fail('acta', `${process.name}: ${String(details['error'])}`);
    }
    this.world.schedule(1_000, () => {
      // Where a file is not in its place, it can't be mended there, and the central is about to end.
      if (!process.isAlive() || this.taken.isPending) return;
      this.damage.restore(this.disk);
      this.stop();
    });
  }

  /** The central waits for its salt: after a while an operator stops it, to record that. */
  private onSalt(
    process: SimProcess,
    result: string,
    { digest }: Readonly<Record<string, Detail>>,
  ): void {
    if (result !== 'in_progress') return;
    const { world, referee } = this;
    referee.book.number.onDigest(String(digest), referee.book.csvNow());
    referee.book.onPromise();
    world.schedule(world.random.int(0, 3_000), () => {
      if (process.isAlive()) this.stop();
    });
  }

  private takeUp(process: SimProcess): void {
    const { world } = this;
    const before = this.damage.isPending ? this.disk.contents() : null;
    let store: FileBetStore;
    try {
      store = openStore(process, this.disk, this.settings, this.operator.agencies, (error) => {
        this.onFatal(process, error);
      });
    } catch (error) {
      if (error instanceof LoteriaError && this.disk.openDescriptors > 0) {
        if (process.isAlive()) world.fail('recovery', 'files are left open');
      }
      // The power may have gone while the refused files were closed.
      if (before !== null && isDamage(error) && process.isAlive()) {
        demandUnchanged(world, this.disk, before, 'a refused start');
      }
      this.onFatal(process, error);
      return;
    }
    if (!process.isAlive()) return;
    this.store = this.createStore(process, store);
    this.inspection.checkTakenUp(this.disk, store.state, process.name);
    this.life = this.createLife(process, this.store);
    this.life.begin();
  }

  private createStore(process: SimProcess, real: FileBetStore): SimStore {
    return new SimStore({
      real,
      process,
      lateMsMax: this.settings.lateMsMax,
      onReloaded: () => {
        this.referee.disk.mayLackWinnersFile = false;
        this.damage.forget(`${DIRECTORY}/${WINNERS_NAME}`);
        this.inspection.checkTakenUp(this.disk, real.state, `${process.name} reloads`);
      },
      onFailure: (error) => {
        this.onFatal(process, error);
      },
      onFault: () => {
        this.world.note('engine', 'fails');
        this.failing.hasFailed = true;
      },
    });
  }

  private createLife(process: SimProcess, store: SimStore): CentralLife {
    const { network, referee, settings, operator, inspection } = this;
    return new CentralLife({
      process,
      network,
      referee,
      settings,
      agencies: operator.agencies,
      store,
      nextDraw: () => ++this.draws,
      onServing: () => {
        inspection.checkPersisted(this.disk, process.name);
      },
      onFatal: (error) => {
        this.onFatal(process, error);
      },
    });
  }

  private onFatal(process: SimProcess, error: unknown): void {
    if (!process.isAlive()) return;
    if (error instanceof CheckFailure) throw error;
    if (isDamage(error) && this.damage.explains(error.message)) {
      this.world.note(process.name, 'refuses', error.message);
      this.die('exit');
      if (this.taken.isPending) this.taken.putBack(this.disk);
      this.damage.restore(this.disk);
      return;
    }
    const code = error instanceof LoteriaError ? error.code : 'STORE_IO';
    const isDisk = this.failing.hasFailed && code === 'STORE_IO' && isSystemError(error);
    if (!isDisk && !this.taken.explains(error)) {
      this.world.fail('stops only for its disk', describe(process.name, error));
    }
    this.die('exit');
  }
}

const NOTHING = Buffer.alloc(0);

function isDamage(error: unknown): error is LoteriaError {
  return error instanceof LoteriaError && error.code === 'STORE_DAMAGED';
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && (error instanceof LoteriaError || 'code' in error);
}
