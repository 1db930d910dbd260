package dev.counterfoil.signer;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;

/** Has private keys made and sealed, somewhere else than in this process. */
@FunctionalInterface
interface KeyMaking {
  /**
   * Makes keys.
   *
   * @param keyForKeys what they are sealed with; read where they are made
   * @return one for each order; nothing of them is on a disk yet
   */
  List<MadeKey> make(KeyForKeys keyForKeys, List<KeyOrder> orders)
      throws IOException, GeneralSecurityException;
}
