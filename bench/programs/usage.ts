/** Loaded into a program with `node -r`: at the end it prints what the program took. */
import { writeSync } from 'node:fs';

/** What is printed behind `usage `. */
export interface UsageReport {
  /** From the start of the process. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  const report: UsageReport = {
    seconds: performance.now() / 1000,
    cpuSeconds: (user + system) / 1e6,
    // As `VmHWM`; kilobytes on every system that Node runs on.
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
  writeSync(2, `usage ${JSON.stringify(report)}\n`);
});
