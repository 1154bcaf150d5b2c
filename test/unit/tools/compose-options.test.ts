import { expect } from 'chai';
import { parse } from 'yaml';
import { composeOptions, composeText, parseClients } from '../../../src/tools/compose';
import { expectFailure, thrownBy } from '../helpers/failures';

describe('composeOptions', () => {
  it('takes MODE and PERSIST, or their defaults', () => {
    expect(composeOptions(2, {})).to.deep.equal({
      clients: 2,
      persist: false,
      echoCheck: false,
    });
    expect(composeOptions(0, { MODE: 'echo', PERSIST: '1' })).to.deep.equal({
      clients: 0,
      mode: 'echo',
      persist: true,
      echoCheck: false,
    });
    expect(composeOptions(1, { MODE: 'lottery', PERSIST: '0' })).to.include({
      mode: 'lottery',
      persist: false,
    });
  });

  it('SUBNET is the network of the containers, and trusted by the server', () => {
    const text = composeText(composeOptions(1, { SUBNET: '10.9.8.0/24' }));
    expect(text).to.include('subnet: 10.9.8.0/24');
    expect(text).to.include('- TRUSTED_NETWORKS=10.9.8.0/24');
    expect(composeText(composeOptions(1, {}))).not.to.include('TRUSTED_NETWORKS');
  });

  it('BOARD=1 publishes the board on the loopback address of the machine only', () => {
    const text = composeText(composeOptions(1, { BOARD: '1' }));
    const { services } = parse(text) as {
      services: Record<string, { environment: string[]; ports?: string[] }>;
    };
    expect(services['server']?.ports).to.deep.equal(['127.0.0.1:9464:9464']);
    expect(services['server']?.environment).to.include.members([
      ...['BOARD_PORT=9464', 'BOARD_ADDRESS=0.0.0.0', 'BOARD_HOSTS=server'],
      ...['BOARD_TOKEN', 'BOARD_AGENCY_METRICS'],
    ]);
    expect(services['client1']?.ports).to.equal(undefined);
    expect(composeText(composeOptions(1, {})))
      .not.to.include('BOARD')
      .and.not.to.include('ports');
    const error = thrownBy(() => composeOptions(1, { BOARD: '1', MODE: 'echo' }));
    expectFailure(error, 'USAGE', 'the board shows a lottery');
  });

  it('ENV=TEST asks for an echo check, of an echo server', () => {
    const check = { mode: 'echo', echoCheck: true };
    expect(composeOptions(0, { ENV: 'TEST' })).to.include(check);
    expect(composeOptions(0, { ENV: 'TEST', MODE: 'echo' })).to.include(check);
    expect(composeOptions(1, { ENV: '/root/.shrc' })).to.deep.equal(composeOptions(1, {}));
    const error = thrownBy(() => composeOptions(1, { ENV: 'TEST', MODE: 'lottery' }));
    expectFailure(error, 'USAGE', 'ENV=TEST expects echo');
  });

  for (const [variable, value, expected] of [
    ['MODE', 'casino', 'expected lottery or echo'],
    ['MODE', '', 'expected lottery or echo'],
    ['PERSIST', 'yes', 'expected 0 or 1'],
    ['PERSIST', '', 'expected 0 or 1'],
    ['BOARD', 'yes', 'expected 0 or 1'],
    ['SUBNET', '172.25.125.0', 'expected a network such as 172.25.125.0/24'],
    ['SUBNET', '10.0.0.0/33', 'expected a network'],
    ['SUBNET', '', 'expected a network'],
  ] as const) {
    it(`refuses ${variable}="${value}"`, () => {
      const error = thrownBy(() => composeOptions(1, { [variable]: value }));
      expectFailure(error, 'USAGE', `${variable} is "${value}"`, expected);
    });
  }
});

describe('parseClients', () => {
  it('takes whole numbers from 0 to 65535', () => {
    expect(['0', '1', '5', '10', '65535'].map(parseClients)).to.deep.equal([0, 1, 5, 10, 65535]);
  });

  for (const text of ['', ' ', 'x', '-1', '+1', '1.5', '1e3', ' 5', '5 ', '65536', '0x5', '٣']) {
    it(`refuses "${text}"`, () => {
      const error = thrownBy(() => parseClients(text));
      expectFailure(error, 'USAGE', `"${text}"`, '0 to 65535');
    });
  }
});
