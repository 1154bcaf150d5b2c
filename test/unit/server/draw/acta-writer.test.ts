import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LoteriaError } from '../../../../src/base/errors';
import { InvariantError } from '../../../../src/base/invariant';
import { LIMITS } from '../../../../src/base/limits';
import type { Logger } from '../../../../src/base/log/log';
import { auditRanges } from '../../../../src/parsing/audit-ranges';
import { ActaWriter, type ActaOptions } from '../../../../src/server/draw/acta-writer';
import { Lottery } from '../../../../src/server/session/lottery';
import { demandOwnActa } from '../../../../src/store/file/acta/acta-file';
import { expectActa, isActaExpected } from '../../../../src/store/file/acta/acta-pending';
import { nodeFiles, type Files } from '../../../../src/store/file/directory/files';
import type { FileBetStore } from '../../../../src/store/file/file-bet-store';
import { closed, commitTo, openFileEngine } from '../../../support/file-engine';
import { makeDirectory, removeDirectories } from '../../../support/store-directory';
import { bets, draw, finished, Ledger } from '../../../support/store-ledger';
import { winnersOf } from '../../../support/winners-list';
import { ManualClock } from '../../helpers/manual-clock';
import { recordingLogger } from '../../helpers/recording-sink';

interface ActaFields {
  readonly csv_bytes: number;
  readonly block_bytes: number;
  readonly chain: readonly string[];
}

/** The digest of an acta as docs/DRAW.md has it. */
function digestOf({ csv_bytes, block_bytes, chain }: ActaFields): string {
  const text = [csv_bytes, block_bytes, ...chain].map((line) => `${String(line)}\n`).join('');
  return createHash('sha256').update(text).digest('hex');
}

describe('ActaWriter', () => {
  let directory: string;
  let clock: ManualClock;
  let logger: Logger;
  let lines: readonly string[];
  let writer: ActaWriter;
  /** Codes of the errors that the board gets to know. */
  let failures: string[];
  let createWriter: (of?: ActaOptions['store']) => ActaWriter;
  let store: FileBetStore;
  /** What reading all bets waits for at its end. */
  let afterReading: () => Promise<void> | undefined;
  /** What the commit of a digest waits for. */
  let beforeRecording: () => Promise<void>;

  beforeEach(async () => {
    directory = makeDirectory();
    clock = new ManualClock();
    afterReading = () => undefined;
    beforeRecording = () => Promise.resolve();
    store = openFileEngine(directory, {
      clock,
      readRanges: (audit) => auditRanges(audit, null).then(() => afterReading()),
    });
    await commitTo(store, Ledger.empty.entries([bets(1, 5), finished(1), draw]));
    const lottery = new Lottery({ agencies: 1, window: 8 }, store.state, winnersOf([]));
    const record = (digest: string): void => {
      void beforeRecording()
        .then(() => commitTo(store, [{ kind: 'acta_digest', digest }]))
        .then(() => {
          writer.recorded();
        });
    };
    ({ logger, lines } = recordingLogger('INFO'));
    failures = [];
    const onActaFailed = (code: string): void => {
      failures.push(code);
    };
    createWriter = (of = store) =>
      new ActaWriter({ store: of, lottery, logger, clock, record, onActaFailed });
    writer = createWriter();
  });
  afterEach(removeDirectories);

  const finish = (): Promise<void> =>
    new Promise((resolve) => {
      writer.finish(resolve);
    });

  const isWritten = (): boolean => existsSync(join(directory, 'acta.json'));

  it('is waited for when the central stops', async () => {
    writer.begin();
    await finish();
    expect(isWritten(), lines.join('')).to.equal(true);
    expect(lines).to.have.lengthOf(1);
    expect(failures).to.deep.equal([]);
    expect(lines[0]).to.include('action: acta | result: success | digest: ');
  });

  it('is not taken for written when there is one of another draw', async () => {
    writer.begin();
    await finish();
    const path = join(directory, 'acta.json');
    const other = readFileSync(path, 'utf8').replace(
      /"draw_id": "[^"]*"/,
      '"draw_id": "00000000000000ff"',
    );
    writeFileSync(path, other);
    writer = createWriter();
    writer.begin();
    await finish();
    expect(lines).to.have.lengthOf(2);
    expect(lines[1]).to.include('action: acta | result: fail | code: STORE_DAMAGED');
    expect(lines[1]).to.include('draw_id');
    expect(failures).to.deep.equal(['STORE_DAMAGED']);
    expect(readFileSync(path, 'utf8'), 'it is left for whoever looks').to.equal(other);
  });

  it('is not waited for for ever, and not written behind the end', async () => {
    writer.begin();
    const stopped = finish();
    clock.advance(LIMITS.actaStopTimeoutMs);
    await stopped;
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.include('WARNING  action: acta | result: in_progress');
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(isWritten()).to.equal(false);
    expect(lines).to.have.lengthOf(1);
  });

  it('is there only once its digest is durable', async () => {
    let goOn: () => void = () => undefined;
    beforeRecording = () =>
      new Promise((resolve) => {
        goOn = resolve;
      });
    writer.begin();
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    const stopped = finish();
    // A commit is waited for, however long it takes: the store could not be closed.
    clock.advance(10 * LIMITS.actaStopTimeoutMs);
    expect(isWritten()).to.equal(false);
    expect(lines).to.deep.equal([]);
    goOn();
    await stopped;
    expect(isWritten()).to.equal(true);
    expect(lines).to.have.lengthOf(1);
    const acta = JSON.parse(readFileSync(join(directory, 'acta.json'), 'utf8')) as ActaFields;
    expect(store.state.actaDigest).to.equal(digestOf(acta));
  });

  it('says at DEBUG how far it is', async () => {
    ({ logger, lines } = recordingLogger('DEBUG'));
    writer = createWriter();
    writer.begin();
    await finish();
    const phases = lines.filter((line) => line.includes('action: acta_phase | result: success'));
    expect(phases.map((line) => line.trim().split(' | ').slice(2))).to.deep.equal([
      ['from: idle', 'to: reading'],
      ['from: reading', 'to: recording'],
      ['from: recording', 'to: idle'],
    ]);
  });

  it('that was given up is not given up again', () => {
    writer.begin();
    for (let time = 0; time < 2; time++) writer.finish(() => undefined);
    expect(() => {
      clock.advance(LIMITS.actaStopTimeoutMs);
    }).to.throw(InvariantError, 'the acta went from abandoned to abandoned');
  });

  describe('of an earlier version, which recorded no digest of it', () => {
    const path = (): string => join(directory, 'acta.json');
    let written: string;

    beforeEach(async () => {
      writer.begin();
      await finish();
      written = readFileSync(path(), 'utf8');
      const earlier = makeDirectory();
      await closed(store);
      store = openFileEngine(earlier, { clock });
      await commitTo(store, Ledger.empty.entries([bets(1, 5), finished(1), draw]));
      directory = earlier;
      writer = createWriter();
    });

    it('is kept, and its digest recorded', async () => {
      writeFileSync(path(), written);
      writer.begin();
      await finish();
      expect(lines, lines.join('')).to.have.lengthOf(2);
      expect(lines[1]).to.include('action: acta | result: success | digest: ');
      expect(readFileSync(path(), 'utf8')).to.equal(written);
      expect(store.state.actaDigest).to.equal(digestOf(JSON.parse(written) as ActaFields));
    });

    it('is refused when it is not that of the bets, and no digest recorded', async () => {
      const digest = 'ab'.repeat(32);
      const acta = JSON.parse(written) as ActaFields;
      const forged = JSON.stringify({ ...acta, digest, chain: [digest] });
      writeFileSync(path(), forged);
      writer.begin();
      await finish();
      expect(lines, lines.join('')).to.have.lengthOf(2);
      expect(lines[1]).to.include('action: acta | result: fail | code: STORE_DAMAGED');
      expect(readFileSync(path(), 'utf8')).to.equal(forged);
      expect(store.state.actaDigest).to.equal(null);
    });
  });

  describe('at the next start', () => {
    const path = (): string => join(directory, 'acta.json');
    const refusal = (files: Files): unknown => {
      try {
        demandOwnActa(files, directory, store.state, () => 0);
        return null;
      } catch (error) {
        return error instanceof LoteriaError ? error.code : error;
      }
    };

    beforeEach(async () => {
      writer.begin();
      await finish();
    });

    it('is not believed with another digest, or for other bytes', () => {
      expect(refusal(nodeFiles)).to.equal(null);
      const text = readFileSync(path(), 'utf8');
      const changes: [RegExp, string][] = [
        [/"digest": "./, '"digest": "g'],
        [/"digest": "[0-9a-f]{8}/, '"digest": "00000000'],
        [/"csv_bytes": /, '"csv_bytes": 1'],
      ];
      for (const [what, by] of changes) {
        writeFileSync(path(), text.replace(what, by));
        expect(refusal(nodeFiles), by).to.equal('STORE_DAMAGED');
      }
    });

    it('is not believed with a chain that is consistent in itself', () => {
      const acta = JSON.parse(readFileSync(path(), 'utf8')) as ActaFields;
      const digest = 'ab'.repeat(32);
      writeFileSync(path(), JSON.stringify({ ...acta, digest, chain: [digest] }));
      expect(refusal(nodeFiles)).to.equal('STORE_DAMAGED');
    });

    it('is not called damaged by a disk that does not read', () => {
      const read = (): never => {
        throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
      };
      const files: Files = { ...nodeFiles, read };
      expect(refusal(files)).to.equal('STORE_IO');
    });
  });

  it('is reported as failed when the disk is full, and by a defect', async () => {
    const full = (): never => {
      throw new LoteriaError('STORE_IO', 'ENOSPC: no space left on device, write');
    };
    const of = (saveActa: () => never): ActaOptions['store'] => {
      const { name, kind, state } = store;
      const [digest, loadActa] = [store.digest.bind(store), store.loadActa.bind(store)];
      return { name, kind, state, digest, loadActa, saveActa };
    };
    writer = createWriter(of(full));
    writer.begin();
    await finish();
    const defect = (): never => {
      throw new Error('a defect');
    };
    writer = createWriter(of(defect));
    writer.begin();
    await finish();
    expect(failures).to.deep.equal(['STORE_IO', 'INTERNAL']);
    expect(isWritten()).to.equal(false);
  });

  describe('while the bets are read', () => {
    let readings: number;
    let goOn: () => void;
    let fail: (error: Error) => void;

    /** All is read, and the promise of it settles when `goOn` or `fail` is called. */
    const hold = (): Promise<void> => {
      readings++;
      return new Promise<void>((resolve, reject) => {
        goOn = resolve;
        fail = reject;
      });
    };
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    };

    const digestOfAll = async (): Promise<Awaited<ReturnType<FileBetStore['digest']>>> => {
      afterReading = () => undefined;
      return store.digest();
    };

    beforeEach(() => {
      readings = 0;
      afterReading = hold;
    });

    it('is not begun a second time', async () => {
      writer.begin();
      writer.begin();
      await turns();
      goOn();
      await finish();
      expect(readings).to.equal(1);
      expect(lines).to.have.lengthOf(1);
    });

    it('is not written when the central has ended meanwhile, though all was read', async () => {
      writer.begin();
      await turns();
      const stopped = finish();
      clock.advance(LIMITS.actaStopTimeoutMs);
      await stopped;
      goOn();
      await turns();
      expect(isWritten()).to.equal(false);
      expect(lines).to.have.lengthOf(1);
      expect(lines[0]).to.include('result: in_progress | reason: it takes too long');
    });

    it('nor when the store has digested the bets, and cannot be made to give up', async () => {
      const digested = await digestOfAll();
      let saved = 0;
      writer = createWriter({
        ...{ name: directory, kind: 'directory' },
        state: store.state,
        loadActa: () => null,
        digest: () => hold().then(() => digested),
        saveActa: () => {
          saved++;
        },
      });
      writer.begin();
      const stopped = finish();
      clock.advance(LIMITS.actaStopTimeoutMs);
      await stopped;
      goOn();
      await turns();
      expect(saved).to.equal(0);
      expect(lines).to.have.lengthOf(1);
    });

    it('says why it was not written, and is begun again when asked', async () => {
      writer.begin();
      await turns();
      fail(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }));
      await finish();
      expect(lines).to.have.lengthOf(1);
      expect(lines[0]).to.include('action: acta | result: fail | code: STORE_IO');
      expect(isWritten()).to.equal(false);
      writer.begin();
      await turns();
      goOn();
      await finish();
      expect(isWritten()).to.equal(true);
    });

    it('is not written over bets that are not those that were stored', async () => {
      const path = join(directory, 'bets.csv');
      const text = readFileSync(path, 'latin1');
      const end = text.lastIndexOf('\r\n');
      const digit = text[end - 1] === '1' ? '2' : '1';
      writeFileSync(path, `${text.slice(0, end - 1)}${digit}\r\n`, 'latin1');
      writer.begin();
      await turns();
      goOn();
      await finish();
      expect(lines).to.have.lengthOf(1);
      expect(lines[0]).to.include('action: acta | result: fail | code: STORE_DAMAGED');
      expect(isWritten()).to.equal(false);
    });

    it('is read for no second time when it is there, and no longer expected', async () => {
      writer.begin();
      await turns();
      goOn();
      await finish();
      expectActa(nodeFiles, directory);
      writer = createWriter();
      writer.begin();
      await finish();
      expect(readings).to.equal(1);
      expect(isActaExpected(nodeFiles, directory)).to.equal(false);
      expect(lines).to.have.lengthOf(2);
    });
  });

  it('is none without a draw', async () => {
    writer = createWriter(openFileEngine(makeDirectory()));
    writer.begin();
    await finish();
    expect(lines).to.deep.equal([]);
  });

  it('that was not begun keeps nobody waiting', async () => {
    await finish();
    expect(lines).to.deep.equal([]);
  });
});
