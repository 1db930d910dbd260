package dev.counterfoil.signerprotocol;

/** The kinds of frames. */
final class Kind {
  static final byte ISSUE = 1;
  static final byte READ_RECORDS = 2;
  static final byte COMMAND = 3;
  static final byte RECORD_DIGESTS = 4;
  static final byte ISSUED = 65;
  static final byte RECORDS = 66;
  static final byte DONE = 67;
  static final byte REFUSED = 68;
  static final byte RECORDED = 69;

  private Kind() {}
}
