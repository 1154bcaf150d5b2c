/** Directories of a stopped central, made by the store itself, for the commands that read them. */
import { systemClock } from '../../src/base/clock';
import { ActaWriter } from '../../src/server/draw/acta-writer';
import { Lottery } from '../../src/server/session/lottery';
import { nodeFiles } from '../../src/store/file/directory/files';
import { Store } from '../../src/store/file/store';
import { recordingLogger } from '../unit/helpers/recording-sink';
import { closed, commitTo, openFileEngine } from './file-engine';
import { Ledger, type Wish } from './store-ledger';

const SEGMENT_BYTES = 2048;

export function open(directory: string): Store {
  return Store.open({
    directory,
    files: nodeFiles,
    segmentBytes: SEGMENT_BYTES,
    onFailure: (error) => {
      throw error;
    },
  });
}

export function close(store: Store): Promise<void> {
  return new Promise((resolve) => {
    store.close(resolve);
  });
}

/** Stores what is wished for. @returns the model of what is stored */
export async function load(
  directory: string,
  wishes: readonly (readonly Wish[])[],
): Promise<Ledger> {
  const store = open(directory);
  let ledger = Ledger.empty;
  for (const wish of wishes) {
    const entries = ledger.entries(wish);
    await new Promise<void>((resolve) => {
      store.commit(entries, resolve);
    });
    ledger = ledger.after(entries);
  }
  await close(store);
  return ledger;
}

/** Winners and acta as the central writes them behind the draw; it was restarted in between. */
export async function certify(directory: string): Promise<void> {
  const store = openFileEngine(directory, { segmentBytes: SEGMENT_BYTES });
  const { draw: drawn } = store.state;
  if (drawn === null) throw new Error('nothing was drawn');
  // What the record of the test says of the winners is made up; this one is true.
  const winners = await store.findWinners(7574);
  const { digest } = winners;
  await commitTo(store, [{ kind: 'draw', draw: { ...drawn, winners: winners.winners, digest } }]);
  const lottery = new Lottery({ agencies: 3, window: 8 }, store.state, winners);
  const { logger } = recordingLogger('CRITICAL');
  const record = (digest: string): void => {
    void commitTo(store, [{ kind: 'acta_digest', digest }]).then(() => {
      writer.recorded();
    });
  };
  const writer = new ActaWriter({ store, lottery, logger, clock: systemClock, record });
  writer.begin();
  await new Promise<void>((resolve) => {
    writer.finish(resolve);
  });
  await closed(store);
}
