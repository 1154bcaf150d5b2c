/** The languages of the page. */
export type Language = 'en' | 'es';

/**
 * @param preferred what the browser asks for, most wanted first, as in `navigator.languages`
 * @returns the first of them that the page speaks, in any regional form; English when it speaks none
 */
export function pickLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split('-')[0];
    if (primary === 'es' || primary === 'en') return primary;
  }
  return 'en';
}
