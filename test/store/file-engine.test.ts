import { openFileEngine } from '../support/file-engine';
import { makeDirectory, removeDirectories } from '../support/store-directory';
import { describeEngine } from './conformance';

describeEngine('files', { isShared: false }, () => {
  const directory = makeDirectory();
  return { open: () => Promise.resolve(openFileEngine(directory)) };
});

after(removeDirectories);
