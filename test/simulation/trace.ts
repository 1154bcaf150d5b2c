/** What happened, for people; and a hash of all of it, to tell whether two runs were the same. */

export type Detail = string | number;

interface Note {
  readonly timeMs: number;
  readonly what: string;
  readonly details: readonly Detail[];
}

const KEPT_NOTES = 250;

export class Trace {
  private notes: Note[] = [];
  private sum = 0x811c9dc5;

  /**
   * @param isKept whether notes are kept; without them a run is faster, and its hash is of times only
   * @param print called with every line, at once
   */
  constructor(
    readonly isKept: boolean,
    private readonly print: ((line: string) => void) | null = null,
  ) {}

  get hash(): number {
    return this.sum >>> 0;
  }

  note(timeMs: number, what: string, details: readonly Detail[]): void {
    if (!this.isKept) return;
    this.mix(timeMs);
    this.mixText(what);
    for (const detail of details) {
      if (typeof detail === 'number') this.mix(detail);
      else this.mixText(detail);
    }
    const note = { timeMs, what, details };
    this.notes.push(note);
    if (this.notes.length > 2 * KEPT_NOTES) this.notes = this.notes.slice(-KEPT_NOTES);
    this.print?.(format(note));
  }

  mix(value: number): void {
    this.sum = Math.imul(this.sum ^ (value | 0), 0x0100_0193);
  }

  /** The last things that happened, oldest first. */
  tail(): string[] {
    return this.notes.slice(-KEPT_NOTES).map(format);
  }

  private mixText(text: string): void {
    for (let i = 0; i < text.length; i++) this.mix(text.charCodeAt(i));
  }
}

function format({ timeMs, what, details }: Note): string {
  return `${String(timeMs).padStart(8)} ms  ${what} ${details.join(' ')}`;
}
