package dev.counterfoil.keystore;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;

/** Has private keys made and sealed, somewhere else than in this process. */
@FunctionalInterface
public interface KeyMaking {
  /**
   * Makes keys.
   *
   * @return one for each order, in their order; nothing of them is on a disk yet
   */
  List<MadeKey> make(List<KeyBatch> batches) throws IOException, GeneralSecurityException;
}
