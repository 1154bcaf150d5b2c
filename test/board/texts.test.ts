import { expect } from 'chai';
import { createFormats } from '../../web/src/formats';
import { pickLanguage } from '../../web/src/language';
import { ENGLISH } from '../../web/src/text/en';
import { SPANISH } from '../../web/src/text/es';

/** The same in both languages. */
const SAME: ReadonlySet<string> = new Set([
  'title',
  'sync',
  'heap',
  'pooled',
  'refused',
  'stages.commit',
]);

function textsOf(texts: object, prefix = ''): (readonly [string, unknown])[] {
  return Object.entries(texts).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? textsOf(value, `${prefix}${key}.`)
      : [[`${prefix}${key}`, value] as const],
  );
}

describe('the languages of the page', () => {
  it('takes the first one that it speaks, in any regional form', () => {
    expect(pickLanguage(['pt-BR', 'es-AR', 'en'])).to.equal('es');
    expect(pickLanguage(['EN-gb', 'es'])).to.equal('en');
    expect(pickLanguage(['fr'])).to.equal('en');
    expect(pickLanguage([])).to.equal('en');
  });

  it('has left nothing in English in the Spanish page', () => {
    const spanish = new Map(textsOf(SPANISH));
    for (const [key, english] of textsOf(ENGLISH)) {
      if (typeof english !== 'string' || SAME.has(key)) continue;
      expect(spanish.get(key), key).to.not.equal(english);
    }
  });

  it('says one thing and several things rightly', () => {
    expect(ENGLISH.missing(1)).to.equal('Missing: one agency');
    expect(ENGLISH.missing(1_234)).to.equal('Missing: 1,234 agencies');
    expect(SPANISH.missing(1)).to.equal('Falta una agencia');
    expect(SPANISH.missing(1_234)).to.equal('Faltan 1.234 agencias');
  });
});

describe('numbers on the page', () => {
  const en = createFormats('en', 'UTC');
  const es = createFormats('es', 'UTC');

  it('separates thousands as the language does', () => {
    expect(en.count(1_234_567.4)).to.equal('1,234,567');
    expect(es.count(1_234)).to.equal('1.234');
  });

  it('has units for bytes', () => {
    expect(en.bytes(0)).to.equal('0 B');
    expect(en.bytes(999)).to.equal('999 B');
    expect(en.bytes(1_000)).to.equal('1 kB');
    expect(es.bytes(1_234_567)).to.equal('1,23 MB');
    expect(en.bytes(5e15)).to.equal('5,000 TB');
  });

  it('writes lengths of time', () => {
    expect(en.duration(-5)).to.equal('0 s');
    expect(en.duration(59_999)).to.equal('59 s');
    expect(en.duration(61_000)).to.equal('1 min 01 s');
    expect(en.duration(3_720_000)).to.equal('1 h 02 min');
    expect(en.duration(90_000_000)).to.equal('1 d 01 h');
  });

  it('writes times of the day with 24 hours', () => {
    expect(en.time(Date.UTC(2026, 0, 1, 0, 5, 9))).to.equal('00:05:09');
    expect(es.time(Date.UTC(2026, 0, 1, 23, 5, 9))).to.equal('23:05:09');
  });
});
