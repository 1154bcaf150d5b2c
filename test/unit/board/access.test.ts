import { expect } from 'chai';
import { hasToken, isOwnHost } from '../../../src/board/access';

const TOKEN = 'correct-horse-battery';

describe('access to the board', () => {
  for (const host of [
    'localhost',
    '127.0.0.1:8080',
    '[::1]:8080',
    'LOCALHOST:1',
    'board.example',
  ]) {
    it(`is for requests to ${host}`, () => {
      expect(isOwnHost(host, ['board.example'])).to.equal(true);
    });
  }

  for (const host of [
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    'evil.example:80@localhost',
    'board.example.',
    '127.0.0.1.nip.io',
    'localhost:123456',
  ]) {
    it(`is not for requests to ${String(host)}`, () => {
      expect(isOwnHost(host, ['board.example'])).to.equal(false);
    });
  }

  it('to documents needs the token itself', () => {
    expect(hasToken(`Bearer ${TOKEN}`, TOKEN)).to.equal(true);
    expect(hasToken(`bearer  ${TOKEN}`, TOKEN)).to.equal(true);
  });

  for (const header of [
    undefined,
    '',
    'Bearer ',
    TOKEN,
    `Basic ${TOKEN}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer ${TOKEN} ${TOKEN}`,
  ]) {
    it(`to documents is not given for "${String(header)}"`, () => {
      expect(hasToken(header, TOKEN)).to.equal(false);
    });
  }

  it('to documents is given to nobody when there is no token', () => {
    for (const header of ['Bearer null', 'Bearer undefined', 'Bearer x']) {
      expect(hasToken(header, null)).to.equal(false);
    }
  });
});
