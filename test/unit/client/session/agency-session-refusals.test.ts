import { expect } from 'chai';
import { ERROR_NUMBER } from '../../../../src/protocol/codes';
import { AgencyScene, sumOf } from '../../helpers/agency-scene';
import { expectFailure } from '../../helpers/failures';
import { tableBehind } from '../../helpers/protocol-document';

function failureOf(scene: AgencyScene): unknown {
  const { end } = scene;
  return end?.kind === 'failed' ? end.error : undefined;
}

/** What an agency should do about a code, in the words of the document. */
function advice(section: string): (readonly [code: string, text: string])[] {
  return tableBehind(section).map(([code = '', name = '', text = '']) => [
    name === '-' ? '4000' : name === '' ? code : name,
    text,
  ]);
}

describe('agency session: BUSY and GOODBYE', () => {
  for (const kind of ['busy', 'goodbye'] as const) {
    it(`${kind}: comes back after the pause that it asks for`, () => {
      const scene = new AgencyScene();
      scene.connect();
      expect(scene.receive({ kind, retryAfterMs: 1_234 })).to.deep.equal(['reconnect 1234']);
      expect(scene.session.phase).to.equal('offline');
      expect(scene.connect()).to.deep.equal(['send introduce']);
    });
  }

  it('goodbye while loading: what was sent is sent again', () => {
    const scene = new AgencyScene().startLoading();
    scene.pulled(0);
    expect(scene.receive({ kind: 'goodbye', retryAfterMs: 10 })).to.deep.equal(['reconnect 10']);
    scene.connect();
    expect(scene.welcome(0)).to.deep.equal(['progress 0', 'send bets 0']);
  });
});

describe('agency session: ERROR', () => {
  const all = advice('### 8.2 Codes in ERROR');

  it('is tested for every code', () => {
    expect(all.map(([code]) => code)).to.deep.equal([...Object.keys(ERROR_NUMBER), '4000']);
  });

  for (const [code, text] of all) {
    if (text.startsWith('reconnect')) {
      it(`${code}: reconnects, as the document says`, () => {
        const scene = new AgencyScene().startLoading();
        expect(scene.receive({ kind: 'error', code, text: 'why' })).to.deep.equal([
          'reconnect undefined',
        ]);
      });
    } else {
      it(`${code}: stops, and says what the central said`, () => {
        const scene = new AgencyScene().startLoading();
        expect(scene.receive({ kind: 'error', code, text: 'why' })).to.deep.equal([
          'failed CENTRAL_REFUSED',
        ]);
        expectFailure(failureOf(scene), 'CENTRAL_REFUSED', code, 'why');
      });
    }
  }
});

describe('agency session: what to do about a refusal', () => {
  const failure = (code: string): unknown => {
    const scene = new AgencyScene().startLoading();
    scene.receive({ kind: 'error', code, text: 'why' });
    return failureOf(scene);
  };

  for (const [code, setting] of [
    ['NOT_AUTHORISED', 'CLI_TOKEN_FILE'],
    ['UNKNOWN_AGENCY', 'CLI_ID'],
    ['WRONG_EDITION', 'CLI_EDITION'],
    ['WRONG_TOTAL', 'with the file that holds all its bets'],
    ['UNSUPPORTED_VERSION', 'versions that go together'],
  ] as const) {
    it(`${code}: says ${setting}`, () => {
      expectFailure(failure(code), 'CENTRAL_REFUSED', `${code}: why; `, setting);
    });
  }

  it('is nothing for a fault of the programs', () => {
    expect(String(failure('UNEXPECTED_MESSAGE'))).to.match(/UNEXPECTED_MESSAGE: why$/);
  });
});

describe('agency session: REJECT', () => {
  const reasons = advice('### 8.1 Reasons in REJECT');
  const stops = reasons.filter(([, text]) => /^(correct|stop)/.test(text));

  it('is tested for every reason', () => {
    const others = reasons.filter((reason) => !stops.includes(reason)).map(([name]) => name);
    expect(others).to.deep.equal(['WRONG_OFFSET', 'WRONG_CHECKSUM']);
  });

  for (const [reason] of stops) {
    it(`${reason}: stops, and says which bet it was`, () => {
      const scene = new AgencyScene().startLoading();
      scene.pulled(0);
      scene.pulled(2);
      expect(scene.reject(reason, 2, 1)).to.deep.equal(['failed BATCH_REJECTED']);
      expectFailure(failureOf(scene), 'BATCH_REJECTED', 'bet 3', reason, '--skip-invalid');
    });
  }

  it('of a batch as a whole: says which batch it was', () => {
    const scene = new AgencyScene().startLoading();
    scene.pulled(0);
    scene.reject('WRONG_COUNT', 0);
    expectFailure(failureOf(scene), 'BATCH_REJECTED', 'the batch at bet 0', 'WRONG_COUNT');
  });

  for (const reason of ['WRONG_OFFSET', 'WRONG_CHECKSUM']) {
    it(`${reason}: begins anew on another connection, from the source`, () => {
      const scene = new AgencyScene().startLoading();
      scene.pulled(0);
      expect(scene.reject(reason)).to.deep.equal(['reconnect undefined']);
      scene.connect();
      expect(scene.welcome(0)).to.deep.equal(['seek 0']);
    });
  }

  it('WRONG_CHECKSUM: stops when the batch sent once more fails again', () => {
    const scene = new AgencyScene().startLoading();
    scene.pulled(0);
    scene.reject('WRONG_CHECKSUM');
    scene.exhausted();
    scene.startLoading();
    expect(scene.pulled(0)).to.deep.equal(['send bets 0', 'pull']);
    expect(scene.reject('WRONG_CHECKSUM')).to.deep.equal(['failed BATCH_REJECTED']);
  });

  it('again and again: gives up, and does not go round for ever', () => {
    const scene = new AgencyScene();
    const answers: string[] = [];
    for (let round = 0; round < 10 && scene.end === undefined; round++) {
      scene.startLoading();
      scene.pulled(0);
      answers.push(...scene.reject('WRONG_OFFSET'));
      scene.exhausted();
    }
    expect(answers.at(-1)).to.equal('failed BATCH_REJECTED');
    expect(answers.length).to.be.within(2, 5);
  });

  it('with progress between: is patient', () => {
    const scene = new AgencyScene();
    for (let stored = 0; stored < 20; stored += 2) {
      scene.startLoading(stored);
      scene.pulled(stored);
      scene.ack(stored + 2);
      scene.pulled(stored + 2);
      scene.reject('WRONG_OFFSET', stored + 2);
      scene.exhausted();
    }
    expect(scene.end).to.equal(undefined);
  });

  it('is logged with its reason', () => {
    const scene = new AgencyScene().startLoading();
    scene.pulled(0);
    scene.reject('INVALID_NUMBER', 0, 1);
    expect(scene.logs().at(-1)).to.equal(
      'error batch_stored fail {"code":"INVALID_NUMBER","offset":0,"bet":1}',
    );
  });
});

describe('agency session: a central that breaks the protocol', () => {
  it('WELCOME twice: stops', () => {
    const scene = new AgencyScene().startLoading();
    expect(scene.welcome(0)).to.deep.equal(['failed CENTRAL_REFUSED']);
  });

  it('WINNERS nobody asked for: not taken', () => {
    const scene = new AgencyScene().startLoading();
    const page = { kind: 'winners', total: 1, first: 0, documents: ['1'] } as const;
    expect(scene.receive(page)).to.deep.equal([]);
    expect(scene.session.phase).to.equal('loading');
  });

  it('ACK before WELCOME: not taken', () => {
    const scene = new AgencyScene();
    scene.connect();
    expect(scene.ack(5)).to.deep.equal([]);
    expect(scene.session.phase).to.equal('handshake');
  });

  it('NOT_YET nobody asked for: not taken', () => {
    const scene = new AgencyScene().startLoading();
    expect(scene.receive({ kind: 'not_yet', pending: 1, retryAfterMs: 5 })).to.deep.equal([]);
  });

  it('another checksum for what it has: the source decides', () => {
    const scene = new AgencyScene();
    scene.connect();
    expect(scene.welcome(2, sumOf(2) ^ 1)).to.deep.equal(['seek 2']);
  });
});

describe('agency session: pages of winners', () => {
  let scene: AgencyScene;

  beforeEach(() => {
    scene = new AgencyScene().startAsking(5);
  });

  function page(first: number, total: number, ...documents: readonly string[]): string[] {
    return scene.receive({ kind: 'winners', total, first, documents });
  }

  it('asks until it has them all, in order', () => {
    expect(page(0, 5, '1', '2')).to.deep.equal(['send ask 2']);
    expect(page(2, 5, '3', '4')).to.deep.equal(['send ask 4']);
    expect(page(4, 5, '5')).to.deep.equal(['send goodbye', 'done']);
    expect(scene.documents).to.deep.equal(['1', '2', '3', '4', '5']);
    expect(scene.end).to.deep.equal({ kind: 'done', outcome: { stored: 5, winners: 5 } });
  });

  it('is content with none', () => {
    expect(page(0, 0)).to.deep.equal(['send goodbye', 'done']);
    expect(scene.end).to.deep.equal({ kind: 'done', outcome: { stored: 5, winners: 0 } });
  });

  for (const first of [0, 1, 3]) {
    it(`stops at page ${String(first)} when it asked for 2`, () => {
      page(0, 5, '1', '2');
      expect(page(first, 5, '3')).to.deep.equal(['failed CENTRAL_REFUSED']);
    });
  }

  it('does not take an empty page before the end for the end', () => {
    page(0, 5, '1', '2');
    expect(page(2, 5)).to.deep.equal(['failed CENTRAL_REFUSED']);
  });

  it('goes on with the next page on another connection', () => {
    page(0, 3, '1', '2');
    scene.disconnect();
    scene.connect();
    scene.welcome(5, sumOf(5), 8, 'drawn');
    expect(scene.ack(5)).to.deep.equal(['send ask 2']);
    page(2, 3, '3');
    expect(scene.documents).to.deep.equal(['1', '2', '3']);
    expect(scene.end).to.deep.include({ outcome: { stored: 5, winners: 3 } });
  });

  it('asks later when NOT_YET says so', () => {
    expect(scene.receive({ kind: 'not_yet', pending: 1, retryAfterMs: 700 })).to.deep.equal([
      'ask later 700',
    ]);
    expect(scene.on({ kind: 'ask_again' })).to.deep.equal(['send ask 0']);
  });

  it('does not ask later when it has lost the connection by then', () => {
    scene.receive({ kind: 'not_yet', pending: 1, retryAfterMs: 700 });
    scene.disconnect();
    expect(scene.on({ kind: 'ask_again' })).to.deep.equal([]);
  });
});
