/**
 * Writes a Compose file: `npx ts-node generar-compose.ts CLIENTS [FILE]`. Without FILE it goes to
 * standard output. MODE, PERSIST and ENV=TEST in the environment, and others (`composeOptions`), change what
 * it says.
 */
import { LoteriaError } from './src/base/errors';
import { composeOptions, composeText, parseClients, writeCompose } from './src/tools/compose';

const USAGE =
  'usage: generar-compose.ts CLIENTS [FILE]\n' +
  '  (environment: MODE=lottery|echo, EDITION=lottery|2020, WINNING_NUMBER, DRAW_SALT, DRAW_SALT_SOURCE,\n' +
  '  SUBNET, PERSIST=0|1, BOARD=0|1, ENV=TEST)';

function main(args: readonly string[]): number {
  const [clients, file] = args;
  if (clients === undefined || args.length > 2 || file === '') {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  try {
    const options = composeOptions(parseClients(clients), process.env);
    if (file === undefined) process.stdout.write(composeText(options));
    else writeCompose(file, options);
    return 0;
  } catch (error) {
    if (!(error instanceof LoteriaError)) throw error;
    process.stderr.write(`generar-compose: ${error.message}\n`);
    if (error.code !== 'USAGE') return 1;
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
}

process.exitCode = main(process.argv.slice(2));
