import type { BenchContext } from '../support/context';
import type { FigureResult } from '../support/result';

/** One thing that is measured; its name is what the command line calls it. */
export interface Figure {
  readonly name: string;
  readonly title: string;
  run(context: BenchContext): Promise<FigureResult>;
}
