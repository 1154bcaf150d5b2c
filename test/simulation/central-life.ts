/** One life of the central, wired as the program does it, on a simulated machine. */
import { createCentral, type WiredCentral } from '../../src/server/create-central';
import { codecFor, parserFor } from './central-parts';
import { wantedTerms, type CentralSettings } from './central-settings';
import type { Network } from './network';
import type { Referee } from './referee';
import type { SimProcess } from './sim-process';
import type { SimStore } from './sim-store';

/** What a life needs. */
export interface LifeOptions {
  readonly process: SimProcess;
  readonly network: Network;
  readonly referee: Referee;
  readonly settings: CentralSettings;
  /** How many agencies are expected in this life. */
  readonly agencies: number;
  readonly store: SimStore;
  /** A number that no other draw has. */
  readonly nextDraw: () => number;
  /** The central is about to take connections. */
  readonly onServing: () => void;
  readonly onFatal: (error: unknown) => void;
}

export class CentralLife {
  private central: WiredCentral | null = null;
  /** Nobody looks after the files any more. */
  isClosing = false;

  constructor(private readonly options: LifeOptions) {}

  get isServing(): boolean {
    return this.central !== null;
  }

  /** Takes up the lottery, and serves it. */
  begin(): void {
    const { process, referee, settings, agencies, store, nextDraw, onFatal } = this.options;
    const { edition, window, commitBytesMax } = settings;
    createCentral(
      {
        store,
        clock: process.clock,
        logger: process.logger,
        parser: parserFor(process, settings.checksLater, edition),
        terms: wantedTerms(settings, agencies),
        edition,
        window,
        createCodec: () => codecFor(null, settings),
        createDrawId: () => {
          referee.onDraw();
          return nextDraw().toString(16).padStart(16, '0');
        },
        createSeed: () => referee.book.number.createSeed(),
        onDrawn: () => {
          referee.onDrawn();
        },
        onFatal,
        commitBytesMax,
      },
      (central) => {
        this.open(central);
      },
      onFatal,
    );
  }

  /** Ends in good order. */
  stop(onServed: () => void, onStopped: () => void): void {
    const { process, store } = this.options;
    process.run(() => {
      this.central?.stop(() => {
        this.isClosing = true;
        onServed();
        store.close(onStopped);
      });
    });
  }

  /** Lets agencies in. */
  private open(central: WiredCentral): void {
    const { process, network, settings, onServing } = this.options;
    if (!process.isAlive()) return;
    this.central = central;
    onServing();
    network.listener = {
      process,
      accept: (transport, dialect) => {
        central.accept(transport, () => codecFor(dialect, settings));
      },
    };
    central.start();
  }
}
