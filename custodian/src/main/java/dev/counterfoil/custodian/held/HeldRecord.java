package dev.counterfoil.custodian.held;

import dev.counterfoil.format.bytes.Hash;
import java.util.Optional;

/** What a custodian reads of a record, without any key, to file it. */
public sealed interface HeldRecord permits HeldToken, HeldEvent {
  /** Its position in its log. */
  long position();

  /** The digest of its leaf. */
  Hash digest();

  /** The key in a token's header; empty of what has none. */
  String kid();

  /** Whose it is. */
  String tenant();

  /** In whose name a token is; empty of what says nobody. */
  Optional<String> subject();

  /** From when on its age counts, epoch seconds: a token's {@code exp}. */
  long expiresAt();
}
