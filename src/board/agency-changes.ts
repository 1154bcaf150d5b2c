/** What has changed of the agencies since the event before: all that a delta has to bring. */
import type { AgencyChange, AgencyRow } from './feed';

/** The rows that viewers have, as of the event before. */
export class AgencyChanges {
  private readonly known = new Map<number, AgencyRow>();

  /** As of the last {@link take}, by number if that got them so. */
  get rows(): readonly AgencyRow[] {
    return [...this.known.values()];
  }

  /**
   * @param rows of all agencies that take part
   * @returns those that differ from the rows before, with the fields that do
   */
  take(rows: Iterable<AgencyRow>): AgencyChange[] {
    const changes: AgencyChange[] = [];
    for (const row of rows) {
      const before = this.known.get(row.agency);
      const change = before === undefined ? row : changeOf(before, row);
      if (change === null) continue;
      changes.push(change);
      this.known.set(row.agency, row);
    }
    return changes;
  }
}

function changeOf(before: AgencyRow, after: AgencyRow): AgencyChange | null {
  const fields = Object.entries(after).filter(
    ([name, value]) => before[name as keyof AgencyRow] !== value,
  );
  if (fields.length === 0) return null;
  return { agency: after.agency, ...(Object.fromEntries(fields) as Partial<AgencyRow>) };
}
