package dev.counterfoil.custodian.held;

/** One item of a custody stream (spec/custody.md). */
public sealed interface RecordItem {
  /** Longest record, in bytes (spec/journal.md). */
  int RECORD_BYTES_MAX = 64 * 1024;

  /** Longest head, in bytes. */
  int HEAD_BYTES_MAX = 64 * 1024;

  /** Kind of a record, in the first byte of an item's four. */
  int RECORD = 0;

  /** Kind of a head. */
  int HEAD = 1;

  /** Kind of a pause. */
  int PAUSE = 2;

  /**
   * A record of the journal.
   *
   * @param bytes as it lies there
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Payload(byte[] bytes) implements RecordItem {}

  /**
   * A checkpoint that the log's key signed for the size that the records so far make.
   *
   * @param note the signed note
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Head(byte[] note) implements RecordItem {}

  /** There is no more at the moment. */
  record Pause() implements RecordItem {}
}
