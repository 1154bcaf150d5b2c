import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runSteps } from '../../src/base/eventual';
import { systemClock } from '../../src/base/clock';
import { LoteriaError } from '../../src/base/errors';
import { auditRanges } from '../../src/parsing/audit-ranges';
import {
  directoryAt,
  isStoreAnswering,
  openStore,
  problemOfStore,
  storeWords,
  type StoreChoice,
} from '../../src/store/engines';
import { changeAgencies } from '../../src/tools/store/store-agencies';
import { recordSalt } from '../../src/tools/store/store-salt';
import { verifyStore } from '../../src/tools/verify/verify';
import { closed } from '../support/file-engine';
import { makeDirectory, removeDirectories } from '../support/store-directory';
import { recordingLogger } from '../unit/helpers/recording-sink';

describe('the choice of a store engine', () => {
  after(removeDirectories);

  for (const [store, problem] of [
    ['file', null],
    ['postgres://loteria@db.example/loteria', null],
    ['files', 'expected file or postgres://'],
    ['http://db.example/loteria', 'expected file or postgres://'],
    ['postgres://db.example/loteria', 'USER'],
  ] as const) {
    it(`finds ${problem === null ? 'nothing wrong' : 'a fault'} with "${store}"`, () => {
      const found = problemOfStore(store);
      if (problem === null) expect(found).to.equal(null);
      else expect(found).to.include(problem);
    });
  }

  it('opens the file engine in DATA_DIR, and says while it is open that its central answers', async () => {
    const choice: StoreChoice = {
      ...{ store: 'file', storePasswordFile: null },
      dataDirectory: join(makeDirectory(), 'data'),
    };
    const { store, release } = await openStore(
      choice,
      {
        edition: 'lottery',
        keepsSecret: false,
        clock: systemClock,
        logger: recordingLogger('CRITICAL').logger,
        readRanges: (audit) => auditRanges(audit, null),
        runSteps,
      },
      {
        onFailure: (error) => {
          throw error;
        },
      },
    );
    expect(store.name).to.equal(choice.dataDirectory);
    expect(existsSync(join(choice.dataDirectory, 'bets.csv'))).to.equal(true);
    expect(await isStoreAnswering(choice)).to.equal(true);
    await closed(store);
    await release();
    expect(await isStoreAnswering(choice)).to.equal(false);
  });

  it('is named in commands by its directory, or by its URL with the file of the password', () => {
    const dataDirectory = '/srv/my data';
    const url = 'postgres://loteria@10.0.0.11,10.0.0.12/lottery?synchronous=off';
    for (const [store, storePasswordFile, words] of [
      ['file', null, "'/srv/my data'"],
      ['file', 'left.password', "'/srv/my data'"],
      ['postgres://me@db/lottery', null, "'postgres://me@db/lottery'"],
      [url, '/run/password', `'${url}' --password-file /run/password`],
      [url, "it's", String.raw`'${url}' --password-file '${resolve('it')}'\''s'`],
    ] as const) {
      expect(storeWords({ store, storePasswordFile, dataDirectory })).to.equal(words);
    }
  });

  it('leaves paths as they are, and refuses the URL of a store in every command', async () => {
    for (const path of ['data', './a:b', '/srv/x', 'C:/data']) {
      expect(directoryAt(path)).to.equal(path);
    }
    const url = 'redis://db/lottery';
    const commands: readonly (() => Promise<unknown>)[] = [
      () => verifyStore(url),
      () => changeAgencies(url, 3),
      () => recordSalt(url, 'x'),
    ];
    for (const command of commands) {
      const error = await Promise.resolve()
        .then(command)
        .catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(LoteriaError).and.include({ code: 'CONFIG_INVALID' });
      expect(String(error)).to.include(url).and.include('DATA_DIR');
    }
  });
});
