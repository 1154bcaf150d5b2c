/** The table of metrics in docs/OPERATIONS.md against what a central with a board serves. */
import { expect } from 'chai';
import { ask, boardPortOf } from '../support/board-client';
import { cleanUp, startServer } from '../support/program';
import { codes, tableRows } from '../unit/docs/markdown';

describe('metrics', () => {
  afterEach(cleanUp);

  it('are those of docs/OPERATIONS.md, with their types', async () => {
    const { program } = await startServer({ BOARD_PORT: '0', BOARD_AGENCY_METRICS: '1' });
    const { text } = await ask(await boardPortOf(program), '/metrics');
    const types = text.matchAll(/^# TYPE (\S+) (\S+)$/gm);
    const served = Array.from(types, ([, name = '', type = '']) => `${name} ${type}`);
    const rows = tableRows('docs/OPERATIONS.md', ['metric', 'type', 'what']);
    const documented = rows.map(([name = '', type = '']) => `${codes(name)[0] ?? ''} ${type}`);
    expect(documented.sort()).to.deep.equal(served.sort());
    expect(rows.length).to.be.at.least(30);
  });
});
