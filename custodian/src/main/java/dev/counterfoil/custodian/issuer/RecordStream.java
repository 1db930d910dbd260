package dev.counterfoil.custodian.issuer;

import dev.counterfoil.custodian.held.RecordItem;
import java.util.List;

/** A stream of records that goes on while the log grows. Used by one thread. */
public interface RecordStream extends AutoCloseable {

  /**
   * What came, at least one item; waits for it.
   *
   * @return empty at the stream's end
   * @throws IssuerUnavailableException when it broke off or is malformed
   */
  List<RecordItem> next() throws IssuerUnavailableException;

  @Override
  void close();
}
