/**
 * `loteria client` as a bundle of its own, without the other commands and the parser of their options: an
 * agency starts in two thirds of the time.
 */
import { runClient } from '../client/main';
import { starter } from './run';

export const start = starter(runClient);
