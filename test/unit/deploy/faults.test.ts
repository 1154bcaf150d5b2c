import { expect } from 'chai';
import { causeFaults, type FaultsOptions } from '../../../deploy/cluster/faults';

describe('faults of a run of the cluster', () => {
  it('fails when everything is over before they were due', async () => {
    const asked: string[] = [];
    const options: FaultsOptions = {
      containers: {
        compose: (args) => {
          asked.push(args.join(' '));
          return Promise.resolve('');
        },
        docker: () => Promise.resolve(''),
        container: (service) => service,
        network: (name) => name,
      },
      database: { storedBets: () => Promise.resolve(19), untilWritable: () => Promise.resolve('') },
      bets: 100,
      note: () => undefined,
    };
    const caused = causeFaults(options, AbortSignal.timeout(10));
    expect(String(await caused.catch(String))).to.include('set a longer PACE');
    expect(asked).to.deep.equal([]);
  });
});
