/** What may hold a lottery: files of one central, or tables that several may use. No import: the page reads it too. */
export const STORE_KINDS = ['directory', 'database'] as const;

export type StoreKind = (typeof STORE_KINDS)[number];
