/** `npm run page`: serves the built page with an invented lottery, until it is interrupted. */
import { parseArgs } from 'node:util';
import { startFakeCentral } from './fake-central';
import { Scenario } from './scenario';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8100' },
    agencies: { type: 'string', default: '5' },
    bets: { type: 'string', default: '20000' },
    /** Seconds that have passed already. */
    second: { type: 'string', default: '0' },
  },
});

async function main(): Promise<void> {
  const scenario = new Scenario({ agencies: Number(values.agencies), bets: Number(values.bets) });
  for (let i = 0; i < Number(values.second); i++) scenario.next();
  const central = await startFakeCentral(scenario, Number(values.port));
  setInterval(() => {
    central.tick();
  }, 1_000);
  console.log(central.url);
}

void main();
