/**
 * The output of `strace -f -yy -xx` as events: a call begins, a call returns. A call on one line
 * began and returned with nothing traced in between; one that others interrupt is printed as
 * `<unfinished ...>` and, later, `resumed`. strace stops a thread before a call begins and after it
 * has returned, and prints what it sees in that order.
 */

export interface CallBegins {
  readonly kind: 'begins';
  readonly thread: number;
  readonly call: string;
  /** What the descriptor is: a path, or `TCP:[from->to]`. */
  readonly target: string;
  /** The buffers, as far as they were printed. */
  readonly data: Buffer;
  /** Whether all of them was printed. */
  readonly whole: boolean;
  /** The last argument as a number: the offset of a positioned write. */
  readonly last: number;
}

export interface CallReturns {
  readonly kind: 'returns';
  readonly thread: number;
  readonly result: number;
}

export type TraceEvent = CallBegins | CallReturns;

const LINE = /^(\d+)\s+(?:[\d:.]+\s+)?(.*)$/;
const RESUMED = /^<\.\.\. \w+ resumed>.*\) += (-?\d+)/;
const RETURNED = /\) += (-?\d+)(?: E\w+ \(.*\))?$/;
const CALL = /^(\w+)\(\d+<(.*?)>(?=[,)]| <unfinished)/;
const STRING = /"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/g;

/** The events of one line; none when it says something else, such as a signal. */
export function traceEvents(line: string): TraceEvent[] {
  const [, id = '', rest = ''] = LINE.exec(line) ?? [];
  const thread = Number(id);
  const resumed = RESUMED.exec(rest);
  if (resumed !== null) return [{ kind: 'returns', thread, result: Number(resumed[1]) }];
  const call = CALL.exec(rest);
  if (call === null) return [];
  const begins = beginning(thread, rest, call);
  if (rest.endsWith('<unfinished ...>')) return [begins];
  const [, result] = RETURNED.exec(rest.slice(-200)) ?? [];
  if (result === undefined) throw new Error(`not understood: ${line.slice(0, 200)}`);
  return [begins, { kind: 'returns', thread, result: Number(result) }];
}

function beginning(thread: number, rest: string, call: RegExpExecArray): CallBegins {
  const [head, name = '', target = ''] = call;
  const args = rest.slice(head.length);
  const parts: Buffer[] = [];
  // An array of buffers that was cut short ends in `...]`.
  let whole = !args.includes('}, ...]');
  for (const [, text = '', cut] of args.matchAll(STRING)) {
    parts.push(fromEscapes(text));
    if (cut !== undefined) whole = false;
  }
  const [, last = '0'] = /, (\d+)(?:\) += .*| <unfinished \.\.\.>)$/.exec(args.slice(-200)) ?? [];
  const data = Buffer.concat(parts);
  const decoded = target.startsWith('\\x') ? fromEscapes(target).toString() : target;
  return { kind: 'begins', thread, call: name, target: decoded, data, whole, last: Number(last) };
}

function fromEscapes(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex');
}
