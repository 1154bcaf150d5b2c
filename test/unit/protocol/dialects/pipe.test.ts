import { expect } from 'chai';
import * as build from '../../../support/dialect-builder';
import { utf8 } from '../../../support/wire-builder';
import { DialectScene, type Link } from '../../helpers/dialect-scene';

const NORA = build.betOfLine('Nora,Ruiz,7,1990-01-01,7574');
const OK = '3|ok\n';
const ERR = '4|err\n';

describe('dialect pipe, in particular', () => {
  let scene: DialectScene;
  let link: Link;

  beforeEach(() => {
    scene = new DialectScene(12);
    link = scene.connect('pipe');
  });

  const send = (...texts: readonly (string | Buffer)[]): string =>
    scene.send(link, ...texts.map((text) => Buffer.from(text))).toString('latin1');
  const stage = (agency: number): boolean | undefined =>
    scene.scene.lottery.agency(agency)?.finished;

  describe('a batch', () => {
    for (const [what, payload] of [
      ['a record longer than the batch', '99|1|Ana|Paz|1|1990-01-01|1|$'],
      ['a record without its end', '28|1|Ana|Paz|1|1990-01-01|1|x'],
      ['a record without a length', '|1|Ana|Paz|1|1990-01-01|1|$'],
      ['a record of five fields', '20|1|Ana|Paz|1|1990-01|$'],
      ['a record whose agency is no number', '28|x|Ana|Paz|1|1990-01-01|1|$'],
      ['something behind the last record', '28|1|Ana|Paz|1|1990-01-01|1|$x'],
    ] as const) {
      it(`with ${what} is refused, and the agency goes on`, () => {
        expect(send(`30 ${String(payload.length)} 0|${payload}`)).to.equal(ERR);
        expect(send(build.pipeBatch('1', [NORA], false))).to.equal(ERR + OK);
        expect(scene.rowsOf(1)).to.have.length(1);
      });
    }

    it('may say any number of bets, and hold more fields than it needs', () => {
      const record = '|1|Ana|Paz|1|1990-01-01|1|what|else|$';
      expect(send(`2 ${String(record.length + 2)} 0|${String(record.length)}${record}`)).to.equal(
        OK,
      );
      expect(scene.rows).to.equal('1,Ana,Paz,1,1990-01-01,1\r\n');
    });

    it('that is the last one and is rejected does not finish the agency', () => {
      expect(send(build.pipeBatch('1', [{ ...NORA, document: 'x' }], true))).to.equal(ERR);
      expect([stage(1), link.closed]).to.deep.equal([false, true]);
    });

    it('that is broken and the last one does not, either', () => {
      send(build.pipeBatch('1', [NORA], false));
      expect(send('30 3 1|abc')).to.equal(OK + ERR);
      expect([stage(1), link.closed]).to.deep.equal([false, true]);
    });

    it('that is rejected counts for the end of the bets on a later connection', () => {
      send(build.pipeBatch('1', [{ ...NORA, document: 'x' }], false));
      link = scene.connect('pipe');
      expect(send(build.pipeBatch('1', [NORA], true))).to.equal(ERR);
      expect(stage(1)).to.equal(false);
      link = scene.connect('pipe');
      expect(send(build.pipeBatch('1', [], true), build.pipeAsk('1'))).to.equal(OK);
      scene.fallSilent(link);
      expect(stage(1)).to.equal(true);
    });

    for (const text of [
      '30 10000000 0|',
      '30 5|',
      '30  5 0|',
      '30 5 2|',
      '3'.repeat(40),
      '30 5 0x',
    ]) {
      it(`that begins ${text.slice(0, 12)} ends the connection`, () => {
        expect(send(text)).to.equal('');
        expect(link.closed).to.equal(true);
      });
    }
  });

  describe('a question for winners', () => {
    it('is complete with the id that is known, whatever follows', () => {
      send(build.pipeBatch('1', [], false), build.pipeBatch('1', [NORA], true));
      send('winners|1exit|1');
      expect(link.closed).to.equal(true);
    });

    it('waits for the rest of the id that is known, also in silence', () => {
      send(build.pipeBatch('12', [NORA], true), 'winners|1');
      scene.fallSilent(link);
      expect([link.session.held, link.closed]).to.deep.equal([null, false]);
      send('2');
      expect(link.session.held).to.not.equal(null);
    });

    it('for another agency ends the connection', () => {
      send(build.pipeBatch('1', [NORA], true), 'winners|2');
      scene.fallSilent(link);
      expect(link.closed).to.equal(true);
    });

    it('as first message is complete when nothing follows', () => {
      scene.perform(scene.scene.finish(scene.scene.join(12), 12, 0));
      send('winners|1');
      expect(link.session.state.phase).to.equal('handshake');
      send('2');
      scene.fallSilent(link);
      expect(link.session.held).to.not.equal(null);
    });

    it('without an id is not complete in silence', () => {
      send('winners|');
      scene.fallSilent(link);
      expect([link.session.state.phase, link.closed]).to.deep.equal(['handshake', false]);
    });

    it('names and finishes an agency that had no bets', () => {
      expect(send(build.pipeBatch('12', [], true))).to.equal(OK);
      expect(stage(12)).to.equal(false);
      send('winners|12');
      scene.fallSilent(link);
      expect(stage(12)).to.equal(true);
      expect(link.session.held).to.not.equal(null);
    });

    it('before the end of the bets ends the connection', () => {
      send(build.pipeBatch('1', [NORA], false), 'winners|1');
      expect(link.closed).to.equal(true);
    });

    it('that names no number ends the connection', () => {
      send('winners|x');
      expect(link.closed).to.equal(true);
    });
  });

  it('a bet of exercise 5 is stored, and the answer repeats it', () => {
    expect(send(build.pipeBet('1', NORA))).to.equal('11|ack 7 7574\n');
    expect(send(build.pipeBet('1', { ...NORA, number: '10000' }))).to.match(/\|err 7 10000\n$/);
    expect(send(build.pipeBet('1', { ...NORA, document: 'x\n' }))).to.match(/\|err 0 7574\n$/);
    expect(send('5 |1|2|')).to.match(/\|err 0 0\n$/);
    expect(scene.rowsOf(1)).to.deep.equal(['Nora,Ruiz,7,1990-01-01,7574']);
  });

  it('anything else ends the connection', () => {
    for (const text of ['quit', 'wine', 'exist', ' 30 0 1|']) {
      const unknown = scene.connect('pipe');
      scene.send(unknown, utf8(text));
      expect([text, unknown.closed]).to.deep.equal([text, true]);
    }
  });

  it('names with bytes beyond ASCII are counted in bytes', () => {
    expect(
      send(build.pipeBatch('1', [{ ...NORA, first: 'Zoë 🍀', last: 'Ñandú' }], false)),
    ).to.equal(OK);
    expect(scene.rowsOf(1)).to.deep.equal(['Zoë 🍀,Ñandú,7,1990-01-01,7574']);
  });
});
