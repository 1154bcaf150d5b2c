/** Claims while this central records its draw, which is on another connection. */
import { expect } from 'chai';
import { Commits } from '../../../../src/store/postgres/commits';
import type { Query, Row } from '../../../../src/store/postgres/connection/primary';
import { KnownState } from '../../../../src/store/postgres/known-state';
import { Retries } from '../../../../src/store/postgres/retries';
import { recordingLogger } from '../../helpers/recording-sink';

const AGENCY = { agency: 1, stored: 3, checksum: 77, finished: true, rejected: 0 };
const DRAW = { id: '0123456789abcdef', timeMs: 5, winningNumber: 7574, winners: 0, digest: 'ab' };

/** Answers claims at once, as after the commit of the draw, and the transaction when the test says so. */
class FakeConnection {
  commit: (error?: Error) => void = () => expect.fail('no transaction is under way');
  private readonly row: Row = { ...AGENCY, epoch: 2, bytes: 120, drawn: true };

  inTurn<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return work(() => Promise.resolve([this.row]));
  }

  async transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const result = await work(() => Promise.resolve([{ state: {} }]));
    await new Promise<void>((resolve, reject) => {
      this.commit = (error) => {
        if (error === undefined) resolve();
        else reject(error);
      };
    });
    return result;
  }
}

describe('claims beside the record of a draw', () => {
  let connection: FakeConnection;
  let retries: Retries;
  let commits: Commits;
  let news: number;

  beforeEach(() => {
    connection = new FakeConnection();
    retries = new Retries(recordingLogger('CRITICAL').logger, 'db');
    news = 0;
    commits = new Commits({
      ...{ name: 'db', primary: connection, known: new KnownState(), retries },
      onNews: () => news++,
      onAllFinished: () => undefined,
    });
  });
  afterEach(() => {
    retries.abandon();
  });

  /** Begins to record a draw. */
  async function draw(): Promise<{ readonly record: Promise<unknown> }> {
    const record = commits.record(connection, [{ kind: 'draw', draw: DRAW }]);
    await new Promise(setImmediate);
    return { record: record.catch((error: unknown) => error) };
  }

  it('are answered when it is recorded', async () => {
    const { record } = await draw();
    const claim = commits.claim(1);
    const isAnswered = await Promise.race([
      claim.then(() => true),
      new Promise((resolve) => setImmediate(resolve, false)),
    ]);
    expect(isAnswered).to.equal(false);
    connection.commit();
    await record;
    expect(await claim).to.deep.equal(AGENCY);
    expect(news).to.equal(0);
    expect(await commits.claim(1)).to.deep.equal(AGENCY);
  });

  it('have no answer when it cannot be recorded', async () => {
    const { record } = await draw();
    const claim = commits.claim(1);
    retries.abandon();
    connection.commit(new Error('the connection was lost'));
    expect(await record).to.be.an('error');
    expect(await claim).to.equal(null);
  });

  it('are answered when a start has found it', async () => {
    commits.beginDrawn();
    expect(await commits.claim(1)).to.deep.equal(AGENCY);
    expect(news).to.equal(0);
  });

  it('have no answer when another central has made it, which is asked for', async () => {
    expect(await commits.claim(1)).to.equal(null);
    expect(news).to.equal(1);
  });
});
