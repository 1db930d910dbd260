package dev.counterfoil.custodian;

import dev.counterfoil.format.FormatException;

/** Of what a log's records are, which one custody holds in the same way. */
enum RecordForm {
  /** Counterfoils. */
  TOKENS {
    @Override
    Reader reader(String log) {
      HeldToken.HeaderCache headers = new HeldToken.HeaderCache();
      return record -> HeldToken.parse(record, log, headers);
    }

    @Override
    String filedUnder(Caller caller) {
      return caller.tenant();
    }
  },

  /** Audit events, sealed. */
  EVENTS {
    @Override
    Reader reader(String log) {
      return HeldEvent::parse;
    }

    @Override
    String filedUnder(Caller caller) {
      return caller.domain() + "/" + caller.tenant();
    }
  };

  /** Reads records and checks what can be checked of each by itself. Belongs to one thread. */
  @FunctionalInterface
  interface Reader {
    HeldRecord parse(byte[] record) throws FormatException;
  }

  /**
   * A reader.
   *
   * @param log short name of the log that the records are of
   */
  abstract Reader reader(String log);

  /** Under which name what is a caller's own is filed. */
  abstract String filedUnder(Caller caller);
}
