/** The outcome of the draw: the winning documents of each agency, in stored order. */
export class Winners {
  private readonly documents = new Map<number, string[]>();

  add(agency: number, document: string): void {
    const documents = this.documents.get(agency);
    if (documents === undefined) this.documents.set(agency, [document]);
    else documents.push(document);
  }

  total(agency: number): number {
    return this.documents.get(agency)?.length ?? 0;
  }

  /**
   * The winners of one agency from `first` on, as many as fit.
   *
   * @param bytesMax room for documents, each counted with one byte for its length
   */
  page(agency: number, first: number, bytesMax: number): string[] {
    const page: string[] = [];
    let bytes = 0;
    const documents = this.documents.get(agency) ?? [];
    for (let i = first; i < documents.length; i++) {
      const document = documents[i] ?? '';
      bytes += 1 + document.length;
      if (bytes > bytesMax) break;
      page.push(document);
    }
    return page;
  }

  /** All winners, agencies in ascending order. */
  *entries(): Generator<readonly [agency: number, documents: readonly string[]]> {
    for (const agency of [...this.documents.keys()].sort((a, b) => a - b)) {
      yield [agency, this.documents.get(agency) ?? []];
    }
  }
}
