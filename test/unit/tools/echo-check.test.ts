/** The container that checks once whether a server echoes: what it runs is run here, with another netcat. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { composeText } from '../../../src/tools/compose';
import { cleanUp, temporaryDirectory } from '../../support/program';

interface EchoCheck {
  readonly command: readonly string[];
}

function echoCheck(isWanted: boolean): EchoCheck | undefined {
  const text = composeText({ clients: 0, mode: 'echo', persist: false, echoCheck: isWanted });
  const { services } = parse(text) as { services: Record<string, EchoCheck> };
  return services['echo-check'];
}

describe('the echo check', () => {
  afterEach(cleanUp);

  /** Runs what the container would, with a netcat that reaches what `nc` says. */
  function check(nc: string, ini = 'SERVER_IP = server\nSERVER_PORT = 12345\n'): string {
    const directory = temporaryDirectory();
    const write = (name: string, text: string): void => {
      writeFileSync(join(directory, name), text, { mode: 0o755 });
    };
    write('config.ini', ini);
    write('sleep', '#!/bin/sh\necho slept >>"$(dirname "$0")/slept"\n');
    write('nc', `#!/bin/sh\n[ "$*" = 'server 12345' ] || exit 1\n${nc}\n`);
    const [, , script = ''] = echoCheck(true)?.command ?? [];
    expect(script.replaceAll('$$', '')).not.to.include('$');
    const text = script.replaceAll('$$', '$').replace('/config.ini', join(directory, 'config.ini'));
    const env = { PATH: `${directory}:${process.env['PATH'] ?? ''}` };
    const { stdout, status } = spawnSync('sh', ['-c', text], { env, encoding: 'utf8' });
    return `${stdout.trim()} ${String(status)}`;
  }

  const SUCCESS = 'action: test_echo_server | result: success 0';
  const FAIL = 'action: test_echo_server | result: fail 1';

  it('stands beside the server, in its network, and knows its port from its file', () => {
    const { command, ...service } = echoCheck(true) ?? {};
    expect(command?.slice(0, 2)).to.deep.equal(['sh', '-c']);
    expect(service).to.deep.equal({
      container_name: 'echo-check',
      image: 'busybox:latest',
      volumes: ['./server/config.ini:/config.ini:ro'],
      networks: ['testing_net'],
      depends_on: ['server'],
    });
    expect(echoCheck(false)).to.equal(undefined);
  });

  it('distinguishes a server that echoes from one that does not', () => {
    expect(check('cat')).to.equal(SUCCESS);
    expect(check('tr a-z A-Z')).to.equal(FAIL);
    expect(check('exit 1')).to.equal(FAIL);
    expect(check('cat', 'SERVER_PORT = 12346\n')).to.equal(FAIL);
  });

  it('waits for a server that does not listen yet', () => {
    expect(check('[ -f "$(dirname "$0")/slept" ] && cat')).to.equal(SUCCESS);
  });
});
