/** Runs all injected faults, several at a time, and sums up. */
import { InjectionCampaign } from './disk-injection';

export interface InjectionReport {
  readonly summary: string;
  readonly faults: number;
  readonly problems: readonly string[];
}

/** @param quick one code for each call, and not every block of zeros of a new journal */
export async function runInjections(quick: boolean, lanes: number): Promise<InjectionReport> {
  const startedMs = performance.now();
  const campaign = new InjectionCampaign();
  const problems: string[] = [];
  const counts = new Map<string, number>();
  try {
    await campaign.prepare();
    const left = await campaign.plan(quick);
    const faults = left.length;
    const lane = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const key = `${next.scene} ${next.call} ${next.code}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
        problems.push(...(await campaign.run(next)));
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    const table = [...counts].map(([key, n]) => `  ${String(n).padStart(5)}  ${key}`);
    const summary = [`${String(faults)} injected faults in ${seconds} s`, ...table].join('\n');
    return { summary, faults, problems };
  } finally {
    campaign.close(problems.length > 0);
  }
}
