import { expect } from 'chai';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../../../src/base/limits';
import { auditRanges } from '../../../src/parsing/audit-ranges';
import { ActaWriter } from '../../../src/server/acta-writer';
import { Lottery } from '../../../src/server/lottery';
import { nodeFiles } from '../../../src/store/files';
import { Store } from '../../../src/store/store';
import { makeDirectory, removeDirectories } from '../../support/store-directory';
import { bets, draw, finished, Ledger } from '../../support/store-ledger';
import { winnersOf } from '../../support/winners-list';
import { ManualClock } from '../helpers/manual-clock';
import { recordingLogger } from '../helpers/recording-sink';

describe('ActaWriter', () => {
  let directory: string;
  let clock: ManualClock;
  let lines: readonly string[];
  let writer: ActaWriter;
  let createWriter: () => ActaWriter;

  beforeEach(async () => {
    directory = makeDirectory();
    clock = new ManualClock();
    const store = Store.open({
      directory,
      files: nodeFiles,
      segmentBytes: 4096,
      onFailure: (error) => {
        throw error;
      },
    });
    const entries = Ledger.empty.entries([bets(1, 5), finished(1), draw]);
    await new Promise<void>((resolve) => {
      store.commit(entries, resolve);
    });
    const lottery = new Lottery({ agencies: 1, window: 8 }, store.state);
    lottery.restoreDraw(winnersOf([]));
    const recording = recordingLogger();
    ({ lines } = recording);
    createWriter = () =>
      new ActaWriter({
        files: nodeFiles,
        directory,
        store,
        readRanges: (audit) => auditRanges(audit, null),
        lottery,
        logger: recording.logger,
        clock,
      });
    writer = createWriter();
  });
  afterEach(removeDirectories);

  const isWritten = (): boolean => existsSync(join(directory, 'acta.json'));

  it('is waited for when the central stops', async () => {
    writer.begin();
    await writer.finish();
    expect(isWritten(), lines.join('')).to.equal(true);
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.include('action: acta | result: success | digest: ');
  });

  it('is not taken for written when there is one of another draw', async () => {
    writer.begin();
    await writer.finish();
    const path = join(directory, 'acta.json');
    const other = readFileSync(path, 'utf8').replace(
      /"draw_id": "[^"]*"/,
      '"draw_id": "00000000000000ff"',
    );
    writeFileSync(path, other);
    writer = createWriter();
    writer.begin();
    await writer.finish();
    expect(lines).to.have.lengthOf(2);
    expect(lines[1]).to.include('action: acta | result: fail | code: STORE_DAMAGED');
    expect(lines[1]).to.include('draw_id');
    expect(readFileSync(path, 'utf8'), 'it is left for whoever looks').to.equal(other);
  });

  it('is not waited for for ever, and not written behind the end', async () => {
    writer.begin();
    const stopped = writer.finish();
    clock.advance(LIMITS.actaStopTimeoutMs);
    await stopped;
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.include('WARNING  action: acta | result: in_progress');
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(isWritten()).to.equal(false);
    expect(lines).to.have.lengthOf(1);
  });

  it('that was not begun keeps nobody waiting', async () => {
    await writer.finish();
    expect(lines).to.deep.equal([]);
  });
});
