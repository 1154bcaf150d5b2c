/** What /proc says about a process. Linux only, as the whole benchmark is. */
import { readdirSync, readFileSync } from 'node:fs';

const CLOCK_TICKS_PER_SECOND = 100;

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Nanoseconds on a CPU, as the scheduler counts them. */
function scheduledSeconds(path: string): number {
  return Number(read(path).split(' ')[0]) / 1e9;
}

/** CPU seconds of all threads that a process has now, user and system. */
export function cpuSeconds(pid: number): number {
  const tasks = `/proc/${String(pid)}/task`;
  const sum = readdirSync(tasks).reduce(
    (total, task) => total + scheduledSeconds(`${tasks}/${task}/schedstat`),
    0,
  );
  return sum > 0 ? sum : tickSeconds(pid);
}

/** CPU seconds of a process and of its children that live. */
export function familyCpuSeconds(pid: number): number {
  const children = read(`/proc/${String(pid)}/task/${String(pid)}/children`).trim();
  const pids = children === '' ? [] : children.split(' ').map(Number);
  return [pid, ...pids].reduce((sum, one) => sum + cpuSeconds(one), 0);
}

/** CPU seconds of the main thread. */
export function mainThreadSeconds(pid: number): number {
  return scheduledSeconds(`/proc/${String(pid)}/schedstat`);
}

/** The same from the coarse counters, for kernels without scheduler statistics. */
function tickSeconds(pid: number): number {
  const stat = read(`/proc/${String(pid)}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

function statusKilobytes(pid: number, field: string): number {
  const status = read(`/proc/${String(pid)}/status`);
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]);
}

/** Most memory that a process has had resident, MB. */
export function peakMegabytes(pid: number): number {
  return statusKilobytes(pid, 'VmHWM') / 1024;
}

/** Memory that a process has resident now, kB. */
export function residentKilobytes(pid: number): number {
  return statusKilobytes(pid, 'VmRSS');
}

/** Whether somebody listens on a loopback port, without connecting to it. */
export function isListening(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  // local address, remote address, state 0A: LISTEN
  return new RegExp(`:${hex} 0{8}:0000 0A`).test(read('/proc/net/tcp'));
}

/** How many descriptors a process may open. */
export function descriptorsMax(): number {
  const hard = /Max open files\s+\S+\s+(\S+)/.exec(read('/proc/self/limits'))?.[1] ?? '1024';
  return hard === 'unlimited' ? Infinity : Number(hard);
}
