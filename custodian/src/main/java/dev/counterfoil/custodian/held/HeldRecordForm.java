package dev.counterfoil.custodian.held;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.http.answers.Caller;

/** Of what a log's records are, which one custody holds in the same way. */
public enum HeldRecordForm {
  /** Counterfoils. */
  TOKENS {
    @Override
    public Reader reader(String log) {
      HeldToken.HeaderCache headers = new HeldToken.HeaderCache();
      return record -> HeldToken.parse(record, log, headers);
    }

    @Override
    public String filedUnder(Caller caller) {
      return caller.tenant();
    }
  },

  /** Audit events, sealed. */
  EVENTS {
    @Override
    public Reader reader(String log) {
      return HeldEvent::parse;
    }

    @Override
    public String filedUnder(Caller caller) {
      return caller.domain() + "/" + caller.tenant();
    }
  };

  /** Reads records and checks what can be checked of each by itself. Belongs to one thread. */
  @FunctionalInterface
  public interface Reader {
    HeldRecord parse(byte[] record) throws FormatException;
  }

  /**
   * A reader.
   *
   * @param log short name of the log that the records are of
   */
  public abstract Reader reader(String log);

  /** Under which name what is a caller's own is filed. */
  public abstract String filedUnder(Caller caller);
}
