import { expect } from 'chai';
import { messageOf } from '../../../../src/base/errors';
import { Retries } from '../../../../src/store/postgres/retries';
import { recordingLogger } from '../../helpers/recording-sink';

describe('statements that a PostgreSQL does not answer', () => {
  const { logger } = recordingLogger('CRITICAL');
  let repeated: number;
  let retries: Retries;

  beforeEach(() => {
    repeated = 0;
    retries = new Retries(logger, 'db', () => repeated++);
  });
  afterEach(() => {
    // Work that is repeated would keep the process from ending.
    retries.abandon();
  });

  it('are repeated until it does, and counted', async () => {
    let asked = 0;
    const answer = await retries.run(() => {
      asked++;
      return asked < 3 ? Promise.reject(new Error('no primary')) : Promise.resolve('here');
    });
    expect({ answer, asked, repeated }).to.deep.equal({ answer: 'here', asked: 3, repeated: 2 });
  });

  it('are not repeated when it refuses for good, or the store is abandoned', async () => {
    const refusal = Object.assign(new Error('gone'), { code: '42P01', severity: 'ERROR' });
    const refused = retries.run(() => Promise.reject(refusal));
    expect(await refused.catch(messageOf)).to.include('db: 42P01: gone');
    retries.abandon();
    const lost = retries.run(() => Promise.reject(new Error('lost')));
    expect(await lost.catch(messageOf)).to.equal('lost');
    expect(repeated).to.equal(0);
  });

  it('are not repeated when the store is abandoned in the pause before', async () => {
    let asked = 0;
    const running = retries.run(() => {
      asked++;
      return Promise.reject(new Error('no primary'));
    });
    await new Promise((resolve) => setImmediate(resolve));
    retries.abandon();
    expect(await running.catch(messageOf)).to.equal('no primary');
    expect({ asked, repeated }).to.deep.equal({ asked: 1, repeated: 0 });
  });
});
