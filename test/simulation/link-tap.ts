/** Notified of what is written on one connection. */
export interface LinkTap {
  onAgencyWrite(bytes: Uint8Array): void;
  onCentralWrite(bytes: Uint8Array): void;
}
