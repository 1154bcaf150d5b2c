/** One bet (exercise 5) whose agency is killed before it has its answer, and runs again. */
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanUp, startClient, startServer, type Program } from '../support/program';

const BET = {
  NOMBRE: 'Nora',
  APELLIDO: 'Paz',
  DOCUMENTO: '30000031',
  NACIMIENTO: '1988-04-23',
  NUMERO: '7574',
};
const ROW = '3,Nora,Paz,30000031,1988-04-23,7574\r\n';
/** WELCOME is 20 bytes; what comes behind it is the acknowledgement. */
const WELCOME_BYTES = 20;

/** Sends the bet through a relay that keeps the acknowledgement, and kills the agency. */
async function betWithoutAnswer(
  central: { port: number; program: Program },
  env: object,
): Promise<void> {
  const relay = createServer((near) => {
    const far = connect(central.port, '127.0.0.1');
    let passed = 0;
    near.on('error', () => undefined).on('close', () => far.destroy());
    far.on('error', () => undefined);
    near.pipe(far);
    far.on('data', (chunk) => {
      near.write(chunk.subarray(0, Math.max(0, WELCOME_BYTES - passed)));
      passed += chunk.length;
    });
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  try {
    const agency = startClient((relay.address() as AddressInfo).port, 3, { ...BET, ...env });
    await central.program.waitFor('action: apuesta_almacenada | result: success');
    agency.signal('SIGKILL');
    await agency.exited;
    expect(agency.matching('apuesta_enviada')).to.deep.equal([]);
  } finally {
    relay.close();
  }
}

describe('one bet whose acknowledgement was lost', () => {
  afterEach(cleanUp);

  it('is stored once when its position is named, and another in its place is refused', async () => {
    const central = await startServer();
    const env = { CLI_BET_OFFSET: '0' };
    await betWithoutAnswer(central, env);
    const again = startClient(central.port, 3, { ...BET, ...env });
    expect((await again.exited).code, again.output).to.equal(0);
    expect(again.lines.at(-1)).to.include('apuesta_enviada | result: success | dni: 30000031');
    const other = startClient(central.port, 3, { ...BET, ...env, NUMERO: '1' });
    expect((await other.exited).code, other.output).to.equal(1);
    expect(other.lines.at(-1)).to.include('code: DATA_DIFFERS').and.include('another bet has');
    expect(readFileSync(join(central.dataDirectory, 'bets.csv'), 'utf8')).to.equal(ROW);
  });

  it('is stored again without a position, as the README says', async () => {
    const central = await startServer();
    await betWithoutAnswer(central, {});
    const again = startClient(central.port, 3, BET);
    expect((await again.exited).code, again.output).to.equal(0);
    expect(readFileSync(join(central.dataDirectory, 'bets.csv'), 'utf8')).to.equal(ROW + ROW);
  });
});
