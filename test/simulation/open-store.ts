/** The real store on the simulated disk. */
import { demandTerms } from '../../src/server/draw/agree-terms';
import { StoreGuard } from '../../src/store/file/directory/guard';
import { FileBetStore } from '../../src/store/file/file-bet-store';
import type { MemoryFiles } from '../support/memory-files';
import { readRangesLater, runStepsLater } from './central-parts';
import { DIRECTORY, wantedTerms, type CentralSettings } from './central-settings';
import { SimFiles } from './sim-files';
import type { SimProcess } from './sim-process';

/**
 * @param agencies that the settings of this start name
 * @throws LoteriaError as the store does
 */
export function openStore(
  process: SimProcess,
  disk: MemoryFiles,
  settings: CentralSettings,
  agencies: number,
  onFailure: (error: unknown) => void,
): FileBetStore {
  const { segmentBytes, edition, scanChunkBytes, scanRangeBytes, syncMsMax } = settings;
  const files = new SimFiles(disk, process, syncMsMax);
  return FileBetStore.open(
    {
      directory: DIRECTORY,
      files,
      segmentBytes,
      edition,
      demandTerms: (place, state) => {
        demandTerms(place, state, wantedTerms(settings, agencies));
      },
      clock: process.clock,
      logger: process.logger,
      readRanges: (audit) => readRangesLater(process, files, scanChunkBytes, audit),
      runSteps: (step) => runStepsLater(process, step),
      guard: new StoreGuard(files),
      rangeBytes: scanRangeBytes,
    },
    { onFailure },
  );
}
