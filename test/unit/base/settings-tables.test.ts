import { expect } from 'chai';
import { CLIENT_SETTINGS } from '../../../src/client/settings';
import { SERVER_SETTINGS } from '../../../src/server/settings';

for (const [name, settings] of Object.entries({ SERVER_SETTINGS, CLIENT_SETTINGS })) {
  describe(name, () => {
    it('have a variable and a key of their own', () => {
      const variables = new Set(settings.map(({ env }) => env));
      const keys = new Set(settings.map(({ key }) => key.join('.')));
      expect([variables.size, keys.size]).to.deep.equal([settings.length, settings.length]);
    });

    it('say what they are for in a line', () => {
      for (const { help, env } of settings) expect(help, env).to.match(/^[^\n]{5,80}$/);
    });
  });
}
