const LF = 0x0a;

/**
 * Knows on which line a row of a file ends, from the bytes that go through it. The parser counts
 * lines as well, but takes the CR and the LF of a line break inside quotes for two.
 */
export class LineCounter {
  /** What has not been counted yet, in order. */
  private readonly chunks: Buffer[] = [];
  /** Bytes, and line ends among them, that have been counted. */
  private bytes = 0;
  private lineEnds = 0;
  /** The last byte that was counted is a line end. */
  private endsLine = true;

  /** Takes the next bytes of the file. */
  add(chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  /**
   * The line on which what ends before byte `end` stands, counted from 1: a line end in front of
   * `end` is part of its line.
   *
   * @param end no less than in the call before, and no more than there are bytes
   */
  lineAt(end: number): number {
    for (
      let chunk = this.chunks[0];
      chunk !== undefined && this.bytes < end;
      chunk = this.chunks[0]
    ) {
      const part = chunk.subarray(0, end - this.bytes);
      this.count(part);
      if (part.length === chunk.length) this.chunks.shift();
      else this.chunks[0] = chunk.subarray(part.length);
    }
    return this.lineEnds + (this.endsLine ? 0 : 1);
  }

  private count(part: Buffer): void {
    for (let at = part.indexOf(LF); at >= 0; at = part.indexOf(LF, at + 1)) this.lineEnds++;
    this.bytes += part.length;
    this.endsLine = part.at(-1) === LF;
  }
}
