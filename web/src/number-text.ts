/** A winning number as it is on the tickets. */
export function numberText(value: number): string {
  return String(value).padStart(4, '0');
}
