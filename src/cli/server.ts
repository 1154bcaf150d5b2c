/** `loteria server` as a bundle of its own, like that of the client. */
import { runServer } from '../server/main';
import { starter } from './run';

export const start = starter(runServer);
