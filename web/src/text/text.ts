/** The texts and formats of the reader's language. */
import { createFormats } from '../formats';
import { pickLanguage } from '../language';
import { ENGLISH, type Texts } from './en';
import { SPANISH } from './es';

export const LANGUAGE = pickLanguage(navigator.languages);
export const FORMAT = createFormats(LANGUAGE);
export const TEXT: Texts = LANGUAGE === 'es' ? SPANISH : ENGLISH;
